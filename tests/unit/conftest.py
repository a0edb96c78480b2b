"""What holds for the whole unit tier: no socket can be opened, and property tests run the same examples every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

from aliyun_sms.aws import clients

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("unit", max_examples=150, deadline=None, derandomize=True)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Event loops keep their unix sockets, which reach nobody."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


class Session:
    """Writes down for which services it made clients."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def create_client(self, service: str, **_: object) -> object:
        self.made.append(service)
        return object()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that clients were made for."""
    session = Session()
    monkeypatch.setattr(clients, "_session", lambda: session)
    return session.made


@pytest.fixture
def _lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Lambda has in every function's environment."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "cn-north-1")
