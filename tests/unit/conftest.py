"""What holds for the whole unit tier: no socket can be opened, and property tests run the same examples every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

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
