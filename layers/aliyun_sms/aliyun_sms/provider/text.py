"""The provider's texts, made fit to be kept, matched and sent on before anything else looks at them."""

from __future__ import annotations

import re

LONGEST_TEXT = 1000  # characters; the longest text that was seen has some hundred
CUT = "…"  # the last character of a text that was longer

_SPACES = {ord("\t"): " ", ord("\n"): " ", ord("\r"): " "}
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # what SQS refuses, and what steers a terminal


def cleaned(text: str) -> str:
    """The text with each line break and tab as a space, and what is no character to read as a question mark.

    It has as many characters as before. Of such are control characters, half surrogate pairs, U+FFFE and U+FFFF.
    """
    return _ODD.sub("?", text.translate(_SPACES))


def readable(text: str) -> str:
    """The text cleaned, and cut to 1,000 characters, of which the last shows that it was longer."""
    return cleaned(text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + CUT)
