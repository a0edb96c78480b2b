"""What policies are told of the transport on the local cloud."""

from __future__ import annotations

from types import ModuleType

import pytest

from local.emulator.transport import rebind


def test_loopback_stands_for_tls() -> None:
    app, pinned = ModuleType("ministack.app"), list[tuple[str, bool]]()
    app.pin_request_origin = lambda address, secure: pinned.append((address, secure))  # type: ignore[attr-defined]

    rebind(app)
    app.pin_request_origin("127.0.0.1", False)  # noqa: FBT003 - as MiniStack calls it

    assert pinned == [("127.0.0.1", True)]


def test_another_version_of_the_emulator_is_refused() -> None:
    with pytest.raises(SystemExit, match="pin_request_origin"):
        rebind(ModuleType("ministack.app"))
