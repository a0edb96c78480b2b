"""What a template's variables may hold, and the text that comes of it.

Source: help.aliyun.com documents 44357 and 463237; the codes, 101346. The provider refuses traditional Chinese
too, the simulator does not look for it.
"""

from __future__ import annotations

import json
import re
from math import ceil
from typing import TYPE_CHECKING, Any

from local.simulator.answers import BusinessError

if TYPE_CHECKING:
    from local.simulator.registry import Template

OTP = re.compile(r"[a-zA-Z0-9]*")
OTP_LENGTH = range(4, 7)
LENGTH = range(1, 36)
ONE_UNIT = 70  # characters, with the signature and its brackets
EACH_OF_SEVERAL = 67
URL = re.compile(r"https?:|www\.|[a-z0-9]\.(?:com|cn|net|org)\b", re.IGNORECASE)
UNSUPPORTED = re.compile(
    "[【】〖〗『』「」²•①-⑳★☆※→❤™"
    "\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]"  # emoji, and what joins and varies them
)


def bad_json() -> BusinessError:
    """Give the error for a parameter that is no JSON, or JSON of another kind."""
    return BusinessError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")


def parse_json(text: str) -> Any:
    """Read a JSON parameter; a raw line break in a string is no JSON, half of a surrogate pair no text."""
    try:
        held = json.loads(text)
        json.dumps(held, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise bad_json() from None
    return held


def parse_template_param(text: str) -> dict[str, Any]:
    """Read TemplateParam: a JSON object, or nothing at all."""
    held = parse_json(text or "{}")
    if not isinstance(held, dict):
        raise bad_json()
    return held


def render(template: Template, template_param: dict[str, Any]) -> str:
    """Put the values into the template, or raise what the provider has against them."""
    _check_strings(template_param)
    missing = [name for name in template.variables if name not in template_param]
    if missing:
        raise BusinessError("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值")
    for name in template.variables:
        _check_value(template.kind, template_param[name])
    return template.render(template_param)


def billing_units(content: str) -> int:
    """How many messages a text to a mainland number is billed as."""
    return 1 if len(content) <= ONE_UNIT else ceil(len(content) / EACH_OF_SEVERAL)


def _check_strings(template_param: dict[str, Any]) -> None:
    if not all(isinstance(value, str) for value in template_param.values()):
        raise bad_json()


def _check_value(kind: str, value: str) -> None:
    if kind == "otp" and not OTP.fullmatch(value):
        raise BusinessError("isv.INVALID_PARAMETERS", "params must be [a-zA-Z0-9] for verification sms")
    if len(value) not in (OTP_LENGTH if kind == "otp" else LENGTH):
        raise BusinessError("isv.PARAM_LENGTH_LIMIT", "参数超过长度限制")
    if URL.search(value):
        raise BusinessError("isv.PARAM_NOT_SUPPORT_URL", "不支持URL")
    if UNSUPPORTED.search(value):
        raise BusinessError("isv.UNSUPPORTED_CONTENT", "包含不支持的内容")
