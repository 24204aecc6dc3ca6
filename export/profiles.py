"""Color profiles that a SavedModel cannot convert: told, not guessed."""

import tensorflow as tf

NOTE = "profile_ignored"

# Profiles come before the pixels; photographs have thumbnails before them.
_HEAD = 1 << 18
_PROFILE = r"\C*(ICC_PROFILE\x00|iCCP)\C*"
# Its name as ASCII, or in UTF-16.
_SRGB = r"\C*(sRGB|s\x00R\x00G\x00B)\C*"


def ignored(encoded: tf.Tensor) -> tf.Tensor:
    """Tells whether a picture has a color profile other than sRGB, by its name.

    That of a PNG is compressed, but for its name; one that hides there is told too.

    Args:
        encoded: Scalar string, JPEG or PNG.
    """
    head = tf.strings.substr(encoded, 0, _HEAD)
    profile = tf.strings.regex_full_match(head, _PROFILE)
    named = tf.strings.regex_full_match(head, _SRGB)
    return profile & ~named
