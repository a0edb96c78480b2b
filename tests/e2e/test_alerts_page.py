"""docs/alerts.md, walked by somebody who has a stack and no routes: at the end the phone rings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.alerts import told
from tests.e2e.command import Command, put_command_into
from tests.e2e.conftest import wait_until
from tests.pages import ALERTS, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import LocalCloud

pytestmark = pytest.mark.xdist_group("alerts page")

SECTION = ALERTS.section("Ten minutes to a phone that rings")


def test_after_ten_minutes_of_reading_the_phone_rings(cloud: LocalCloud, tmp_path: Path) -> None:
    stack = cloud.up()
    put_command_into(tmp_path)
    [routes] = blocks("json", SECTION)
    (tmp_path / "routes.json").write_text(routes, encoding="utf-8")
    for commands in blocks("sh", SECTION):
        Command(stack).shell(commands, cwd=tmp_path)
    wait_until("the phone rings", lambda: told(stack, "13900139000", "checkout-errors"))

    assert told(stack, "13900139000", "") == ["【北岸书店】告警checkout-errors的状态变为firing，请及时处理。"]
