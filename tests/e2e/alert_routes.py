"""The files that `sms alerts` is given: a document of routes, and an alarm."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.e2e.command import Command
from tests.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Stack

NUMBER = "18900189221"
ROUTES = {
    "contacts": [{"name": "li.si", "phone_number": NUMBER}],
    "rotations": [{"name": "on-call", "turns": ["li.si"], "starts": "2026-11-30T09:00"}],
    "sign_name": "阿里云短信测试",
    "template_code": "SMS_200000002",
    "variables": {"alarm": "{name}", "state": "{state}"},
    "default": {"rotations": ["on-call"]},
}


def put_alerts_into(folder: Path) -> dict[str, str]:
    """Write them, and give their paths by what stands for them."""
    routes, alarm = folder / "routes.json", folder / "alarm.json"
    routes.write_text(json.dumps(ROUTES, ensure_ascii=False), "utf-8")
    shutil.copy(ROOT / "events/alert/cloudwatch_alarm.json", alarm)
    return {"ROUTES": str(routes), "ALARM": str(alarm)}


def with_routes(stack: Stack, folder: Path) -> Command:
    """The command, with these routes in force."""
    put_alerts_into(folder)
    command = Command(stack)
    command.run("alerts", "put", str(folder / "routes.json"), "--yes")
    command.run("alerts", "who")  # who asks has the document read anew
    return command
