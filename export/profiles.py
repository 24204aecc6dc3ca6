"""Detects color profiles, which a SavedModel reports but cannot apply."""

import tensorflow as tf

NOTE = "profile_ignored"

# Profiles precede the pixels, sometimes after a thumbnail; search this many bytes.
_HEAD = 1 << 18
_PROFILE = r"\C*(ICC_PROFILE\x00|iCCP|cICP)\C*"
# The name of the profile in ASCII or in UTF-16, or the codes of sRGB in PNG.
_SRGB = r"\C*(sRGB|s\x00R\x00G\x00B|cICP\x01\x0d)\C*"


def ignored(encoded: tf.Tensor) -> tf.Tensor:
    """Returns whether an image has a color profile whose name does not contain sRGB.

    The profile of a PNG is compressed; only the name of its chunk can be read. Codes of
    other colors (`cICP`) count as a profile.

    Args:
        encoded: The file, JPEG or PNG, a scalar string.
    """
    head = tf.strings.substr(encoded, 0, _HEAD)
    has_profile = tf.strings.regex_full_match(head, _PROFILE)
    is_srgb = tf.strings.regex_full_match(head, _SRGB)
    return has_profile & ~is_srgb
