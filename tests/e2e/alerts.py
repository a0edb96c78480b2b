"""The routes that the tests of the alert door share: one document is in force, and a new one only within a minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.command import Command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

LISI, WANGWU, ZHAOLIU = "18790000001", "18790000002", "18790000003"
ROUTES: dict[str, Any] = {
    "contacts": [
        {"name": "lisi", "phone_number": LISI},
        {"name": "wangwu", "phone_number": WANGWU},
        {"name": "zhaoliu", "phone_number": ZHAOLIU},
    ],
    "sign_name": "北岸书店",
    "template_code": "SMS_200000002",
    "variables": {"alarm": "{name}", "state": "{state}"},
    "routes": [
        {"name": "gathered", "matchers": ['name=~"gathered.*"'], "contacts": ["wangwu"], "wait_minutes": 1},
        {
            "name": "prometheus",
            "matchers": ['source="alertmanager"', 'team=~"书店.*"'],
            "contacts": ["zhaoliu"],
            "variables": {"alarm": "{name}", "state": "{state} {annotations.summary}"},
        },
    ],
    "default": {"contacts": ["lisi"]},
}


def put_routes(stack: Stack, folder: Path) -> None:
    """Put them in force."""
    file = folder / "routes.json"
    file.write_text(json.dumps(ROUTES), encoding="utf-8")
    Command(stack).run("alerts", "put", str(file), "--yes")
    Command(stack).run("alerts", "who")  # who asks has the document read anew


def told(stack: Stack, number: str, about: str) -> list[str]:
    """What somebody was told of it, in the words of the template."""
    return [each["content"] for each in stack.received(number) if about in each["content"]]
