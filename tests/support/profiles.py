"""Color profiles that are easily told from sRGB."""

import struct

import numpy as np
from PIL import ImageCms


def wide_profile(name: str = "Odd!") -> bytes:
    """Returns a profile of sRGB whose red and green are exchanged.

    Args:
        name: Of four letters.
    """
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    count = struct.unpack_from(">I", profile, 128)[0]
    tags = {
        bytes(profile[132 + 12 * i : 136 + 12 * i]): struct.unpack_from(
            ">I", profile, 136 + 12 * i
        )[0]
        for i in range(count)
    }
    swapped = tags[b"rXYZ"] + 8, tags[b"gXYZ"] + 8
    red, green = (bytes(profile[at : at + 12]) for at in swapped)
    profile[swapped[0] : swapped[0] + 12] = green
    profile[swapped[1] : swapped[1] + 12] = red
    return bytes(profile).replace("sRGB".encode("utf-16-be"), name.encode("utf-16-be"))


def gray_profile(gamma: float) -> bytes:
    """Returns a profile of gray with a power curve."""
    curve = b"curv" + struct.pack(">4xIH2x", 1, round(256 * gamma))
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": curve})


def ink_profile(corners: np.ndarray) -> bytes:
    """Returns a profile of CMYK that is linear between the corners of its cube.

    Args:
        corners: L in 0..100, a and b of CIELAB, `(2, 2, 2, 2, 3)`.
    """
    table = np.stack(
        [corners[..., 0] * 2.55, *np.moveaxis(corners[..., 1:] + 128, -1, 0)]
    )
    table = np.moveaxis(table, 0, -1)
    line = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel().tolist())
    head = b"mft1" + struct.pack(">4xBBBx", 4, 3, 2) + matrix
    lut = head + 4 * line + np.rint(table).astype("uint8").tobytes() + 3 * line
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut})


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict) -> bytes:
    """Returns a profile of version 2 with the tags that all need, and others."""
    name = b"Odd!\0"
    white = struct.pack(">4s4x3i", b"XYZ ", 0xF6D6, 0x10000, 0xD32D)
    text = struct.pack(">4s4xI", b"desc", len(name)) + name + bytes(8 + 3 + 67)
    tags = {b"desc": text, b"wtpt": white, b"cprt": b"text" + bytes(5), **tags}
    offset, table, content = 132 + 12 * len(tags), b"", b""
    for tag, value in tags.items():
        value += bytes(-len(value) % 4)
        table += tag + struct.pack(">II", offset + len(content), len(value))
        content += value
    size = offset + len(content)
    head = struct.pack(">I4xI4s4s4s", size, 0x02400000, kind, space, connection)
    head = head.ljust(36, b"\0") + b"acsp" + bytes(28)
    head += struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content
