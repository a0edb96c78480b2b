"""What the command's tests share: no AWS of the developer's, and a local cloud on paper."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTPUTS: dict[str, Any] = {
    "api_url": "http://127.0.0.1:4566",
    "host_header": "abc.execute-api.localhost:4566",
    "region": "us-east-1",
    "emulator_url": "http://127.0.0.1:4566",
    "queue_url": "http://127.0.0.1:4566/000000000000/queue",
    "simulator_url": "http://127.0.0.1:9100",
    "aws_access_key_id": "AKIALOCAL",
    "aws_secret_access_key": "localSecret",
    "functions": {},
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, which is LOCAL_DIR too, and keys that nobody has."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "cn-north-1")
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make_up(place: Path) -> Callable[[], None]:
    """Describe a local cloud as `make up` does."""

    def described() -> None:
        (place / "outputs.json").write_text(json.dumps(OUTPUTS))

    return described


@pytest.fixture
def deployed(make_up: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack on that local cloud."""
    make_up()
    outputs = {"ApiUrl": OUTPUTS["api_url"], "QueueUrl": OUTPUTS["queue_url"]}
    monkeypatch.setattr(Place, "outputs", outputs)
