"""What a function runs in: its variables, its events, its context and its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
REGION = "cn-north-1"
TIMEOUTS = {  # as in template.yaml
    "send_on_request": 25.0,
    "send_from_queue": 60.0,
    "send_on_schedule": 60.0,
    "send_on_alert": 60.0,
    "settle_sends": 60.0,
    "ask_provider": 30.0,
}

ENVIRONMENT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    "SMS_MESSAGES_TABLE": "",
    "SMS_SIGN_NAME": "阿里云短信测试",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": REGION,
}


def sample(name: str) -> Any:
    """The event in a file of events/."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


class _Loader(SourceFileLoader):
    """Leaves no bytecode in a function's folder, all of which is deployed."""

    def set_data(self, *_: object, **__: object) -> None:
        pass


def load(function: str, folder: str = "functions") -> ModuleType:
    """A function's code, run anew as in a new sandbox: all are modules called app."""
    path = ROOT / folder / function / "app.py"
    loader = _Loader(f"{function}_app", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@dataclass(slots=True)
class Context:
    """A Lambda context whose time goes by as `seconds` is lowered."""

    seconds: float
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(self.seconds * 1000))


class KilledError(BaseException):
    """What ends a function in the middle of a call; nothing of ours catches it."""
