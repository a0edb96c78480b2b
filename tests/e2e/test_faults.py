"""One key, one send, and nothing lost, on the deployed stack while provider and functions fail.

MESSAGES=1000 makes it a longer run, SEED=7 repeats the order of the faults; -s shows the table.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.demo.text_table import table
from tests.e2e.conftest import new_cloud
from tests.e2e.faults.run import PARAMETERS, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("faults")

MESSAGES = int(os.environ.get("MESSAGES", "100"))
SEED = int(os.environ.get("SEED", "1"))
WIDTHS = (26, 70)


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own, whose waiting times are short."""
    cloud = new_cloud(tmp_path_factory.mktemp("faults"))
    yield cloud.up(PARAMETERS=PARAMETERS)
    cloud.down()


def test_nothing_is_sent_twice_and_nothing_lost_whatever_breaks(failing: Stack) -> None:
    ended = run(failing, MESSAGES, SEED)

    print(f"\n{table(('what', 'how many'), ended.rows(), WIDTHS)}")  # noqa: T201 - for whoever runs it with -s
    count = ended.count
    assert count.once > 0
    assert (count.more_than_once, count.lost, count.nobody_told, count.untrue) == (0, 0, 0, 0)
    assert ended.kills > 0
