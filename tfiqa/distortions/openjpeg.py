"""OpenJPEG called directly, so that Python's lock is free while it works.

Pillow holds the lock while it encodes and decodes JPEG 2000, so threads wait for one
another. Here the same library does the same: the OpenJPEG inside Pillow's wheel, by its
C interface. Files and pixels are those of Pillow, byte for byte. Where that library
cannot be called, `is_available` is false.
"""

import ctypes
import functools
import glob
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL

_INT, _UINT, _FLOAT, _CHAR = (
    *(ctypes.c_int32, ctypes.c_uint32),
    *(ctypes.c_float, ctypes.c_char),
)
_POINTER, _SIZE, _OFFSET = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64
_SUCCESS, _SRGB, _JP2, _STREAM_END = 1, 1, 2, ctypes.c_size_t(-1).value
_CHUNK = 1 << 20  # OpenJPEG's own size of a stream's buffer.
_COMPONENTS = 3

_READ = ctypes.CFUNCTYPE(_SIZE, _POINTER, _SIZE, _POINTER)
_SKIP = ctypes.CFUNCTYPE(_OFFSET, _OFFSET, _POINTER)
_SEEK = ctypes.CFUNCTYPE(_INT, _OFFSET, _POINTER)


class _Component(ctypes.Structure):
    _fields_ = [
        *[(name, _UINT) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp")],
        *[(name, _UINT) for name in ("sgnd", "resno_decoded", "factor")],
        ("data", ctypes.POINTER(_INT)),
        ("alpha", ctypes.c_uint16),
    ]


class _Image(ctypes.Structure):
    _fields_ = [
        *[(name, _UINT) for name in ("x0", "y0", "x1", "y1", "numcomps")],
        ("color_space", _INT),
        ("comps", ctypes.POINTER(_Component)),
        ("icc_profile_buf", _POINTER),
        ("icc_profile_len", _UINT),
    ]


class _ComponentParameters(ctypes.Structure):
    _fields_ = [
        (name, _UINT)
        for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd")
    ]


class _EncoderParameters(ctypes.Structure):
    """Parameters of the encoder; those that are not set here keep their defaults."""

    _fields_ = [
        *[(name, _INT) for name in ("tile_size_on", "cp_tx0", "cp_ty0")],
        *[(name, _INT) for name in ("cp_tdx", "cp_tdy", "cp_disto_alloc")],
        *[(name, _INT) for name in ("cp_fixed_alloc", "cp_fixed_quality")],
        *[(name, _POINTER) for name in ("cp_matrice", "cp_comment")],
        *[(name, _INT) for name in ("csty", "prog_order")],
        ("poc", _CHAR * (32 * 148)),  # Changes of the progression, unused here.
        *[(name, _INT) for name in ("numpocs", "tcp_numlayers")],
        *[(name, _FLOAT * 100) for name in ("tcp_rates", "tcp_distoratio")],
        *[(name, _INT) for name in ("numresolution", "cblockw_init", "cblockh_init")],
        *[(name, _INT) for name in ("mode", "irreversible", "roi_compno")],
        *[(name, _INT) for name in ("roi_shift", "res_spec")],
        *[(name, _INT * 33) for name in ("prcw_init", "prch_init")],
        *[(name, _CHAR * 4096) for name in ("infile", "outfile")],
        ("index_on", _INT),
        ("index", _CHAR * 4096),
        *[(name, _INT) for name in ("image_offset_x0", "image_offset_y0")],
        *[(name, _INT) for name in ("subsampling_dx", "subsampling_dy")],
        *[(name, _INT) for name in ("decod_format", "cod_format")],
        ("error_protection", _INT * (2 + 5 * 16 + 4 + 2 * 16)),  # Unused.
        *[(name, _INT) for name in ("cp_cinema", "max_comp_size", "cp_rsiz")],
        *[(name, _CHAR) for name in ("tp_on", "tp_flag", "tcp_mct")],
        ("jpip_on", _INT),
        ("mct_data", _POINTER),
        ("max_cs_size", _INT),
        ("rsiz", ctypes.c_uint16),
    ]


# Defaults by which the layout of the parameters is recognized.
_DEFAULTS = {
    "numresolution": 6,
    "cblockw_init": 64,
    "cblockh_init": 64,
    "roi_compno": -1,
    "subsampling_dx": 1,
    "subsampling_dy": 1,
    "decod_format": -1,
    "cod_format": -1,
}


class OpenJPEGError(ValueError):
    """OpenJPEG reports a failure."""


def is_available() -> bool:
    """Returns whether OpenJPEG can be called on this machine."""
    return _library() is not None


def encode(
    image: np.ndarray, ratio: float, *, resolutions: int, block: int, threads: int = 1
) -> bytes:
    """Returns the JPEG 2000 file of an image, of one tile and one layer.

    It uses the irreversible wavelet and color transform, and the progression LRCP.

    Args:
        image: uint8 `(height, width, 3)`; planes that are contiguous are read fastest.
        ratio: Bytes of the image over those of the file, at least.
        resolutions: Number of resolutions, one more than that of halvings.
        block: Side of the blocks that are coded.
        threads: Number of threads that code blocks. They do not change the file. The
            environment variable `OPJ_NUM_THREADS`, if it is set, decides instead.

    Raises:
        OpenJPEGError: If OpenJPEG fails.
    """
    library = _loaded()
    height, width = image.shape[:2]
    parameters = _defaults(library)
    parameters.tcp_numlayers = 1
    parameters.tcp_rates[0] = ratio
    parameters.cp_disto_alloc = 1
    parameters.numresolution = resolutions
    parameters.cblockw_init = parameters.cblockh_init = block
    parameters.irreversible = 1
    parameters.tcp_mct = 1
    parameters.cp_tdx, parameters.cp_tdy = width, height
    one = _ComponentParameters(dx=1, dy=1, w=width, h=height, prec=8, bpp=8)
    described = (_ComponentParameters * _COMPONENTS)(*[one] * _COMPONENTS)
    written = _Written()
    with _Owned(library.opj_destroy_codec, library.opj_create_compress(_JP2)) as codec:
        pixels = library.opj_image_create(_COMPONENTS, described, _SRGB)
        with _Owned(library.opj_image_destroy, pixels) as pixels:
            pixels.contents.x1, pixels.contents.y1 = width, height
            for plane, component in zip(
                image.transpose(2, 0, 1), range(_COMPONENTS), strict=True
            ):
                _plane(pixels.contents.comps[component], height, width)[:] = plane
            _check(library.opj_setup_encoder(codec, parameters, pixels), "setup")
            _divide_work(library, codec, threads)
            with _Owned(library.opj_stream_destroy, written.open(library)) as stream:
                for step, arguments in (
                    (library.opj_start_compress, (codec, pixels, stream)),
                    (library.opj_encode, (codec, stream)),
                    (library.opj_end_compress, (codec, stream)),
                ):
                    _check(step(*arguments), step.__name__)
    return bytes(written.content)


def decode(file: bytes, *, threads: int = 1) -> np.ndarray:
    """Returns the pixels of a file of `encode`, uint8 `(height, width, 3)`.

    The result is a view of contiguous planes.

    Args:
        file: The file.
        threads: As in `encode`.

    Raises:
        OpenJPEGError: If OpenJPEG fails, or the file has other components.
    """
    library = _loaded()
    source = _Read(file)
    pixels = ctypes.POINTER(_Image)()
    parameters = ctypes.create_string_buffer(1 << 14)
    library.opj_set_default_decoder_parameters(parameters)
    codec = library.opj_create_decompress(_JP2)
    with _Owned(library.opj_destroy_codec, codec) as codec:
        _check(library.opj_setup_decoder(codec, parameters), "setup")
        _divide_work(library, codec, threads)
        with _Owned(library.opj_stream_destroy, source.open(library)) as stream:
            read = library.opj_read_header(stream, codec, ctypes.byref(pixels))
            _check(read, "opj_read_header")
            with _Owned(library.opj_image_destroy, pixels) as pixels:
                _check(library.opj_decode(codec, stream, pixels), "opj_decode")
                _check(library.opj_end_decompress(codec, stream), "opj_end_decompress")
                return _pixels(pixels.contents)


def _divide_work(library: Any, codec: Any, threads: int) -> None:
    """Gives a codec threads of its own; without, it works in the calling one."""
    if threads > 1 and "OPJ_NUM_THREADS" not in os.environ:
        library.opj_codec_set_threads(codec, threads)


def _pixels(image: _Image) -> np.ndarray:
    components = [image.comps[index] for index in range(image.numcomps)]
    height, width = components[0].h, components[0].w
    sizes = {(one.h, one.w, one.prec, one.sgnd) for one in components}
    if len(components) != _COMPONENTS or sizes != {(height, width, 8, 0)}:
        raise OpenJPEGError(
            "Three components of 8 bits are expected. Received: "
            f"{len(components)} of (height, width, bits, sign) {sorted(sizes)}"
        )
    planes = np.empty((_COMPONENTS, height, width), np.uint8)
    for plane, component in zip(planes, components, strict=True):
        plane[:] = _plane(component, height, width)
    return planes.transpose(1, 2, 0)


def _plane(component: _Component, height: int, width: int) -> np.ndarray:
    """Returns the samples of a component, int32 `(height, width)`, without a copy."""
    return np.ctypeslib.as_array(component.data, (height, width))


class _Owned:
    """A pointer of the library, which is released at the end of a `with` block."""

    def __init__(self, release: Callable[[Any], Any], pointer: Any):
        if not pointer:
            raise OpenJPEGError("OpenJPEG has not enough memory.")
        self._release, self._pointer = release, pointer

    def __enter__(self) -> Any:
        return self._pointer

    def __exit__(self, *_: object) -> None:
        self._release(self._pointer)


class _Written:
    """A file in memory that OpenJPEG writes."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._position = 0
        # Kept, since the library holds no references.
        self._functions = (_READ(self._write), _SKIP(self._skip), _SEEK(self._seek))

    def open(self, library: Any) -> Any:
        """Returns a new stream into this file."""
        stream = library.opj_stream_create(_CHUNK, 0)
        write, skip, seek = self._functions
        library.opj_stream_set_write_function(stream, write)
        library.opj_stream_set_skip_function(stream, skip)
        library.opj_stream_set_seek_function(stream, seek)
        return stream

    def _write(self, data: int, size: int, _: Any) -> int:
        end = self._position + size
        self.content.extend(bytes(max(end - len(self.content), 0)))
        self.content[self._position : end] = ctypes.string_at(data, size)
        self._position = end
        return size

    def _skip(self, size: int, _: Any) -> int:
        self._position += size
        return size

    def _seek(self, position: int, _: Any) -> int:
        self._position = position
        return _SUCCESS


class _Read:
    """A file in memory that OpenJPEG reads."""

    def __init__(self, content: bytes):
        self.content = content
        self._position = 0
        self._functions = (_READ(self._read), _SKIP(self._skip), _SEEK(self._seek))

    def open(self, library: Any) -> Any:
        """Returns a new stream from this file."""
        stream = library.opj_stream_create(_CHUNK, 1)
        read, skip, seek = self._functions
        library.opj_stream_set_user_data_length(stream, len(self.content))
        library.opj_stream_set_read_function(stream, read)
        library.opj_stream_set_skip_function(stream, skip)
        library.opj_stream_set_seek_function(stream, seek)
        return stream

    def _read(self, buffer: int, size: int, _: Any) -> int:
        part = self.content[self._position : self._position + size]
        ctypes.memmove(buffer, part, len(part))
        self._position += len(part)
        return len(part) or _STREAM_END

    def _skip(self, size: int, _: Any) -> int:
        self._position += size
        return size

    def _seek(self, position: int, _: Any) -> int:
        self._position = position
        return _SUCCESS


def _check(status: int, step: str) -> None:
    if status != _SUCCESS:
        raise OpenJPEGError(f"OpenJPEG fails in {step}.")


def _loaded() -> Any:
    library = _library()
    if library is None:
        raise OpenJPEGError("The OpenJPEG inside Pillow's wheel is expected. Not found")
    return library


_loading = threading.Lock()


def _library() -> Any | None:
    with _loading:
        return _found()


@functools.cache
def _found() -> Any | None:
    """Returns Pillow's OpenJPEG, if it can be called and has the expected layout."""
    try:
        from PIL import _imaging  # noqa: F401  It loads the library with its own.
    except ImportError:
        return None
    beside = os.path.dirname(os.path.dirname(PIL.__file__))
    for pattern in ("pillow.libs/libopenjp2*", "PIL/.dylibs/libopenjp2*"):
        for path in sorted(glob.glob(os.path.join(beside, pattern))):
            try:
                library = _declared(ctypes.CDLL(path))
            except (OSError, AttributeError):
                continue
            defaults = _defaults(library)
            if all(getattr(defaults, key) == v for key, v in _DEFAULTS.items()):
                return library
    return None


def _defaults(library: Any) -> _EncoderParameters:
    # Versions may have more fields at the end.
    room = ctypes.create_string_buffer(2 * ctypes.sizeof(_EncoderParameters))
    parameters = _EncoderParameters.from_buffer(room)
    library.opj_set_default_encoder_parameters(ctypes.byref(parameters))
    return parameters


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """Declares the functions that are used here."""
    image, pointer = ctypes.POINTER(_Image), _POINTER
    functions: dict[str, tuple[Any, list[Any]]] = {
        "opj_set_default_encoder_parameters": (None, [pointer]),
        "opj_set_default_decoder_parameters": (None, [pointer]),
        "opj_create_compress": (pointer, [_INT]),
        "opj_create_decompress": (pointer, [_INT]),
        "opj_codec_set_threads": (_INT, [pointer, _INT]),
        "opj_destroy_codec": (None, [pointer]),
        "opj_image_create": (
            image,
            [_UINT, ctypes.POINTER(_ComponentParameters), _INT],
        ),
        "opj_image_destroy": (None, [image]),
        "opj_setup_encoder": (
            _INT,
            [pointer, ctypes.POINTER(_EncoderParameters), image],
        ),
        "opj_setup_decoder": (_INT, [pointer, pointer]),
        "opj_stream_create": (pointer, [_SIZE, _INT]),
        "opj_stream_destroy": (None, [pointer]),
        "opj_stream_set_read_function": (None, [pointer, _READ]),
        "opj_stream_set_write_function": (None, [pointer, _READ]),
        "opj_stream_set_skip_function": (None, [pointer, _SKIP]),
        "opj_stream_set_seek_function": (None, [pointer, _SEEK]),
        "opj_stream_set_user_data_length": (None, [pointer, ctypes.c_uint64]),
        "opj_start_compress": (_INT, [pointer, image, pointer]),
        "opj_encode": (_INT, [pointer, pointer]),
        "opj_end_compress": (_INT, [pointer, pointer]),
        "opj_read_header": (_INT, [pointer, pointer, ctypes.POINTER(image)]),
        "opj_decode": (_INT, [pointer, pointer, image]),
        "opj_end_decompress": (_INT, [pointer, pointer]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
