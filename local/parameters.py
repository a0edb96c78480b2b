"""The template's parameters as somebody types them: `Name=Value`, JSON as it is, or a file that holds them."""

from __future__ import annotations

import json
import shlex
from io import StringIO
from typing import TYPE_CHECKING

from local.errors import BadSetting

if TYPE_CHECKING:
    from pathlib import Path

JSON_STARTS = ("{", "[")


def read_parameters(text: str, root: Path) -> dict[str, str]:
    """Read `Name=Value Other="A value" Third={"as": "it is"}`, or the JSON file of that name below the root."""
    text = text.strip()
    return _of_file(text, root) if text and "=" not in text else _of_text(text)


def require_json(parameters: dict[str, str], name: str) -> None:
    """Raise BadSetting where a parameter is given and is no JSON."""
    if name in parameters:
        _read_json(parameters[name], name)


def _of_text(text: str) -> dict[str, str]:
    parameters = {}
    while text:
        name, equals, rest = text.partition("=")
        if not equals or not name.isalnum():
            raise BadSetting(f"PARAMETERS: {name.split()[0] if name else '='} is not Name=Value")
        parameters[name], text = _json_value(name, rest) if rest.startswith(JSON_STARTS) else _word(name, rest)
        text = text.lstrip()
    return parameters


def _json_value(name: str, text: str) -> tuple[str, str]:
    """Give the JSON that a text begins with, letter for letter, and what follows."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        raise _no_json(name, error) from None
    if text[end : end + 1].strip():
        raise BadSetting(f"PARAMETERS: a space is missing after the JSON of {name}")
    return text[:end], text[end:]


def _word(name: str, text: str) -> tuple[str, str]:
    """Give the word that a text begins with, quoted as in a shell, and what follows."""
    if not text or text[0].isspace():
        return "", text
    stream = StringIO(text)
    words = shlex.shlex(stream, posix=True)
    words.whitespace_split, words.commenters = True, ""
    try:
        return words.get_token() or "", stream.read()
    except ValueError as error:
        raise BadSetting(f"PARAMETERS: {name}: {error}") from None


def _of_file(name: str, root: Path) -> dict[str, str]:
    if not (root / name).is_file():
        raise BadSetting(f"PARAMETERS: {name} is neither Name=Value nor a file")
    document = _read_json((root / name).read_text(encoding="utf-8"), name)
    if not isinstance(document, dict):
        raise BadSetting(f"PARAMETERS: {name} holds no object of names and values")
    return {key: value if isinstance(value, str) else _json_text(value) for key, value in document.items()}


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read_json(text: str, name: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_json(name, error) from None


def _no_json(name: str, error: json.JSONDecodeError) -> BadSetting:
    where = f"line {error.lineno}, column {error.colno}"
    return BadSetting(f"PARAMETERS: {name} is no JSON: {where}: {error.msg}")
