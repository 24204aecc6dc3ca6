"""Text of foreign origin, such as names of files, for terminals."""

import sys
import unicodedata

# Control characters, among them line breaks and the escape of terminals; characters
# that turn the direction of writing; line and paragraph separators; lone surrogates.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """Returns a text that any terminal takes, on one line, with nothing hidden in it.

    What would move the cursor, forge a line or turn the direction of writing is
    escaped as in Python, and so is what standard output cannot encode.
    """
    escaped = "".join(_escaped(c) if _is_hidden(c) else c for c in text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return escaped.encode(encoding, "backslashreplace").decode(encoding)


def _is_hidden(character: str) -> bool:
    # Joiners belong to names in many scripts, and to symbols of several people.
    return character not in "\u200c\u200d" and (
        unicodedata.category(character) in _HIDDEN
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
