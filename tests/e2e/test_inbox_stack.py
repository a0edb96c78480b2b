"""The inbox page of the local cloud: a message through the API of the deployed stack appears on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import browsing, opened

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

NUMBER = "19900001404"  # of this test alone


def test_a_message_sent_over_http_appears_live(stack: Stack) -> None:
    assert stack.outputs.inbox_url is not None
    assert stack.outputs.inbox_url in stack.said
    with browsing() as browser, opened(browser, f"{stack.outputs.inbox_url}#number={NUMBER}") as page:
        sent = stack.post("/v1/messages", {"phone_numbers": [NUMBER], "template_param": {"code": "739164"}})

        expect(page.locator("#messages-list .text")).to_contain_text("739164")
        expect(page.locator("#facts-list")).to_contain_text("SMS_154950909")
    assert sent.status_code == 200
