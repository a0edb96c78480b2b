"""The Chromium of this machine, driven by Playwright, with the inbox page in it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium on the PATH, so the inbox page is not tested: on Debian, apt-get install chromium"


def chromium() -> str:
    """Its path. Where there is none a test is skipped, or fails in CI, where nothing may be left out."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    return found or pytest.skip(MISSING)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser without a window."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, width: int = 1280, *, dark: bool = False) -> Iterator[Page]:
    """A page on which nothing may go wrong: no error of a script, no breach of its policy."""
    size = {"width": width, "height": 800 if width > 900 else 740}
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
    page.goto(url)
    page.locator("#connection.live").wait_for()
    yield page
    context.close()
    assert wrong == []
