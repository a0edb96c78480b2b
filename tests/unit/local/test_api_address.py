"""Which API a request on the local cloud is for."""

from __future__ import annotations

from types import ModuleType

import pytest

from local.emulator.api_address import rebind


@pytest.mark.parametrize(
    ("host", "path", "asked"),
    [
        ("0a1b2c3d.execute-api.localhost:4566", "/v1/messages", "0a1b2c3d.execute-api.localhost:4566"),
        ("0a1b2c3d.execute-api.localhost:4566", "/_aws/execute-api/0a1b2c3d/v1/messages", ""),
        ("127.0.0.1:4566", "/_aws/execute-api/0a1b2c3d/v1/messages", ""),
    ],
)
def test_a_path_that_names_an_api_wins_over_the_host(host: str, path: str, asked: str) -> None:
    app = ModuleType("ministack.app")
    app.__dict__["_parse_execute_api_url"] = lambda host, path: (host, path, "")

    rebind(app)

    assert app.__dict__["_parse_execute_api_url"](host, path) == (asked, path, "")


def test_another_version_of_the_emulator_is_refused() -> None:
    with pytest.raises(SystemExit, match="_parse_execute_api_url"):
        rebind(ModuleType("ministack.app"))
