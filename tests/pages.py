"""The pages as tests read them: their sections, and the code blocks, tables and links in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path

ROOT = Path(__file__).parents[1]

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """A page by its path in the project, such as docs/api.md."""

    path: str

    @property
    def text(self) -> str:
        """All that stands on it."""
        return (ROOT / self.path).read_text("utf-8")

    def section(self, heading: str) -> str:
        """The text under a heading, up to the next one; the first screen is under the title."""
        headings = list(_HEADING.finditer(_without_code(self.text)))
        position = next(index for index, found in enumerate(headings) if found[1] == heading)
        end = headings[position + 1].start() if position + 1 < len(headings) else len(self.text)
        return self.text[headings[position].end() : end]

    def anchors(self) -> set[str]:
        """What a link can name behind `#`."""
        seen: dict[str, int] = {}
        anchors = set()
        for heading in _HEADING.findall(_without_code(self.text)):
            slug = _slug(heading)
            anchors.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
            seen[slug] = seen.get(slug, 0) + 1
        return anchors

    def links(self) -> list[str]:
        """Where its links lead within the project."""
        prose = re.sub(r"`[^`\n]+`", "", _without_code(self.text))
        return [target for target in _LINK.findall(prose) if not re.match(r"[a-z]+:", target)]


README = Page("README.md")
CHINESE = Page("README.zh-CN.md")
ALERTS = Page("docs/alerts.md")
API = Page("docs/api.md")
CLIENTS = Page("docs/clients.md")
CLI = Page("docs/cli.md")
GUARDS = Page("docs/guards.md")
SETTINGS = Page("docs/settings.md")
OPERATIONS = Page("docs/operations.md")
RUNBOOK = Page("docs/runbook.md")
LOCAL_CLOUD = Page("docs/local-cloud.md")
OWN_FUNCTION = Page("docs/own-function.md")
TESTING = Page("docs/testing-your-service.md")
DOCS = [Page(path.relative_to(ROOT).as_posix()) for path in sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [README, CHINESE, Page("CONTRIBUTING.md"), Page("CHANGELOG.md"), Page("SECURITY.md"), *DOCS]


def _without_code(text: str) -> str:
    """As long as the text, with nothing in its fenced blocks."""
    return _FENCED.sub(lambda block: "·" * len(block[0]), text)


def _slug(heading: str) -> str:
    """A heading as GitHub makes an anchor of it."""
    said = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip())
    return re.sub(r"[^\w\- ]", "", said.lower()).replace(" ", "-")


def blocks(language: str, text: str) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its head."""
    lines = dropwhile(lambda line: not line.startswith("|"), text.splitlines())
    table = list(takewhile(lambda line: line.startswith("|"), lines))
    return [[cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")] for line in table[2:]]


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
