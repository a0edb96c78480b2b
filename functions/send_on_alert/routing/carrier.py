"""Texts that a carrier passes: what it refuses in a variable is replaced, and what is too long is cut.

Source: help.aliyun.com documents 463237 and 44357, and what users of other programs met: addresses and links in a
variable, and characters outside of what handsets show, are refused with isv.UNSUPPORTED_CONTENT and the like.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

ELLIPSIS = "…"
LINK = "(link)"
REPLACED = str.maketrans("【】〖〗『』「」→←•※", "[][][][]><-*", "\ufe0f")  # the last makes a character a picture
SHOWN = frozenset("℃°±×÷¥￥")  # signs that are no letters

_LINK = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|www\.|https?:)[^\s<>\"，。；、）)\]]*", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![0-9])[0-9]+(?:\.[0-9]+){3,}")
_IPV6 = re.compile(r"[0-9a-f:]*::[0-9a-f:]*|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}", re.IGNORECASE)  # 12:30:45 is a time
_DOT_OF_A_HOST = re.compile(r"(?<=[A-Za-z0-9-])\.(?=[A-Za-z]{2,24}(?![A-Za-z0-9-]))")


def passable(text: str) -> str:
    """The text in one line, with links gone, addresses and names of hosts without their dots, and plain characters."""
    text = "".join(map(_plain, text.translate(REPLACED)))
    text = _LINK.sub(LINK, text)
    text = _IPV4.sub(lambda found: found[0].replace(".", "-"), text)
    text = _IPV6.sub(lambda found: found[0].replace(":", "-"), text)
    return " ".join(_DOT_OF_A_HOST.sub("-", text).split())


def cut(text: str, longest: int) -> str:
    """A passable text, its end gone where it is too long, and what that made the end of a host's name passable too."""
    return text if len(text) <= longest else passable(text[: longest - 1]) + ELLIPSIS


def _plain(character: str) -> str:
    """A character that handsets show, or what stands for it: a space for line breaks and pictures."""
    if character.isascii():
        return character if character.isprintable() else " "
    if (category(character)[0] in "LMP" or character in SHOWN) and character <= "\uffff":
        return character
    plain = normalize("NFKC", character)
    return plain if plain.isprintable() and all(map(_is_usual, plain)) else " "


def _is_usual(character: str) -> bool:
    return character.isascii() or category(character)[0] in "LMPN"
