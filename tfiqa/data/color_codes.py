"""Conversion to sRGB of colors that are declared by codes instead of a profile.

PNG (`cICP`) and AVIF (`nclx`) declare primaries and transfer with the codes of ITU-T
H.273.
"""

import functools
from collections.abc import Callable

import numpy as np

# Chromaticities of red, green and blue. All of these have the white point D65.
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
_WHITE = (0.3127, 0.3290)
_NAMES = {1: "BT.709", 9: "BT.2020", 12: "Display P3"}
_UNSPECIFIED, _SRGB = 2, 1
# Viewers show the curves of video as that of sRGB.
_SRGB_CURVES = frozenset({1, 2, 6, 13, 14, 15})
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_HDR = {16: "PQ", 18: "HLG"}


def to_srgb(
    primaries: int, transfer: int
) -> tuple[Callable[[np.ndarray], np.ndarray] | None, str]:
    """Returns the function from RGB pixels to sRGB, and a note for the user.

    The function is None if no conversion is needed or possible. HDR images are not
    converted, since each viewer maps their tones in its own way.

    Args:
        primaries: Code of the primaries.
        transfer: Code of the transfer function.
    """
    primaries = _SRGB if primaries == _UNSPECIFIED else primaries
    name = _NAMES.get(primaries, f"primaries {primaries}")
    gamma = _GAMMAS.get(transfer)
    has_srgb_curve = transfer in _SRGB_CURVES
    if primaries == _SRGB and has_srgb_curve:
        return None, ""
    if not has_srgb_curve:
        curve = _HDR.get(transfer, f"transfer {transfer}")
        name = f"{name} {curve if gamma is None else f'gamma {gamma:g}'}"
    if primaries not in _PRIMARIES or not (has_srgb_curve or gamma):
        return None, f"color profile ignored: {name}"
    convert = functools.partial(_convert, primaries, gamma)
    return convert, f"converted to sRGB from {name}"


def _convert(primaries: int, gamma: float | None, pixels: np.ndarray) -> np.ndarray:
    """Converts uint8 `(height, width, 3)`; colors outside of sRGB are clipped."""
    levels = np.arange(256) / 255
    linear = _srgb_to_linear(levels) if gamma is None else levels**gamma
    light = linear.astype(np.float32)[pixels] @ _matrix(primaries).T
    encoded = 255 * _linear_to_srgb(np.clip(light, 0, 1))
    return np.rint(encoded).astype(np.uint8)


@functools.cache
def _matrix(primaries: int) -> np.ndarray:
    """Returns the matrix from linear colors of these primaries to linear sRGB."""
    return (np.linalg.inv(_to_xyz(_SRGB)) @ _to_xyz(primaries)).astype(np.float32)


def _to_xyz(primaries: int) -> np.ndarray:
    """Returns the matrix from linear colors to CIE XYZ, `(3, 3)`."""
    columns = np.array([(x, y, 1 - x - y) for x, y in _PRIMARIES[primaries]]).T
    x, y = _WHITE
    white = np.array([x / y, 1, (1 - x - y) / y])
    return columns * np.linalg.solve(columns, white)


def _srgb_to_linear(values: np.ndarray) -> np.ndarray:
    low = values / 12.92
    return np.where(values <= 0.04045, low, ((values + 0.055) / 1.055) ** 2.4)


def _linear_to_srgb(values: np.ndarray) -> np.ndarray:
    low = 12.92 * values
    return np.where(values <= 0.0031308, low, 1.055 * values ** (1 / 2.4) - 0.055)
