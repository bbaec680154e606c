"""Short and long forms. The capitals of a word are its short form; each command table writes them out."""

from __future__ import annotations


def forms(word: str) -> tuple[str, str]:
    """Answer the short and the long form: ``VOLTage`` is VOLT and VOLTAGE."""
    return "".join(c for c in word if not c.islower()), word.upper()


def matches(word: str, text: str) -> bool:
    """Whether `text` is `word` in either form, in any case."""
    return text.upper() in forms(word)
