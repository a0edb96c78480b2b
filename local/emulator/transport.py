"""Takes each request for one over TLS: MiniStack speaks plain HTTP here, on loopback alone, and queues deny that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.emulator.lambda_runtime import require_private

if TYPE_CHECKING:
    from types import ModuleType


def rebind(app: ModuleType) -> None:
    """Let policies see a secure transport, whatever the request came by."""
    require_private(app, ("pin_request_origin",))
    pin_as_before = app.pin_request_origin

    def pin(source_ip: str, _secure_transport: bool) -> None:  # noqa: FBT001 - MiniStack calls it so
        pin_as_before(source_ip, True)  # noqa: FBT003 - the same

    app.pin_request_origin = pin  # type: ignore[attr-defined]
