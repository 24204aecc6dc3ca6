"""Color profiles that are easily told from sRGB."""

import struct

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
