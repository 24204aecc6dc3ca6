"""Untrusted text, such as file names, made safe for terminals."""

import sys
import unicodedata

# Control characters, including line breaks and the terminal escape; characters that
# change the direction of writing; line and paragraph separators; lone surrogates.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Returns a text on one line that any terminal shows without hidden characters.

    Characters that move the cursor, break the line or change the direction of writing
    are escaped as in Python, and so are those that standard output cannot encode.
    """
    escaped = "".join(_escaped(c) if _is_hidden(c) else c for c in text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return escaped.encode(encoding, "backslashreplace").decode(encoding)


def _is_hidden(character: str) -> bool:
    # Names in many scripts need joiners, and so do combined emoji.
    return character not in "\u200c\u200d" and (
        unicodedata.category(character) in _HIDDEN
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
