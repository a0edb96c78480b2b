"""The ledger's table on the emulator keeps the same promises as the fake and moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aliyun_sms.aws.dynamodb import DynamoTable
from tests.contract.table_contract import TableContract

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")


class TestEmulator(TableContract):
    @pytest.fixture
    def table(self, stack: Stack) -> DynamoTable:
        return DynamoTable(stack.outputs.messages_table, lambda: stack.client("dynamodb"))
