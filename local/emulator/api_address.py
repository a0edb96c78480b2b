"""Lets an API be named by path and by Host at once: MiniStack 1.5.33 looks at the Host first, and then finds no route.

Its path form is `/_aws/execute-api/<id>/…`. On AWS an API has one address; here clients that cannot set a Host take the
path, and those that send the Host along must not be worse off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.emulator.lambda_runtime import require_private

if TYPE_CHECKING:
    from types import ModuleType

PATH = "/_aws/execute-api/"


def rebind(app: ModuleType) -> None:
    """Let a path that names an API win over the Host."""
    require_private(app, ("_parse_execute_api_url",))
    parse_as_before = app._parse_execute_api_url  # noqa: SLF001 - what this module is for

    def parse(host: str, path: str) -> tuple[str, str, str] | None:
        named: tuple[str, str, str] | None = parse_as_before("" if path.startswith(PATH) else host, path)
        return named

    app._parse_execute_api_url = parse  # type: ignore[attr-defined]  # noqa: SLF001 - the same
