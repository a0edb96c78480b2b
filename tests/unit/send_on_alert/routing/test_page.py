"""docs/alert-routes.md says what the code does: its document is sound, and its tables name every member."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from routing.document import HEARTBEAT
from routing.read import read_document
from routing.schema import MOST_BYTES, ROTATION, ROUTE, SCHEMA
from routing.wording import OF_THEM, WORDS
from tests.pages import Page, blocks, names, rows
from tests.workbench.routes import NOW, alert

PAGE = Page("docs/alert-routes.md")
[EXAMPLE] = blocks("json", PAGE.text)


@pytest.mark.parametrize(("heading", "schema"), [("The document", SCHEMA), ("Rotations", ROTATION), ("Routes", ROUTE)])
def test_a_table_names_every_member(heading: str, schema: dict[str, Any]) -> None:
    named = [name for row in rows(PAGE.section(heading)) for name in names(row[0])]

    assert sorted(named) == sorted(schema["properties"])
    assert {name for row in rows(PAGE.section(heading)) if "required" in row[1] for name in names(row[0])} == set(
        schema["required"]
    )


def test_the_table_of_texts_names_all_that_can_be_filled_in() -> None:
    named = {name.strip("{}") for row in rows(PAGE.section("Texts")) for name in names(row[0])}

    assert set(OF_THEM) <= named
    assert all(word in PAGE.section("The document") for word in WORDS.values())


def test_the_limits_that_it_tells_are_the_codes() -> None:
    properties: dict[str, Any] = SCHEMA["properties"]
    most = {name: properties[name]["maxItems"] for name in ("contacts", "rotations", "routes")}

    assert (
        f"{MOST_BYTES:,} bytes, {most['contacts']} contacts, {most['rotations']} rotations and {most['routes']} routes"
    ) in PAGE.text


@pytest.mark.parametrize(
    ("given", "route", "text"),
    [
        (alert(severity="critical", service="db", instance="db1"), "pages", "CPU db1"),
        (alert(severity="warning", instance="db1"), "storms", "CPU db1"),
        (replace(alert(severity="warning"), source="cloudwatch"), "default", "CPU"),
        (replace(alert("watchdog"), source=HEARTBEAT), "watchdog", "watchdog"),
    ],
)
def test_its_document_does_what_it_looks_like(given: Any, route: str, text: str) -> None:
    (planned,) = read_document(json.loads(EXAMPLE)).plan(given, NOW)

    assert planned.route == route
    assert planned.fill([given], "firing") == {"alarm": text, "state": "告警"}


def test_its_watchdog_is_a_heartbeat() -> None:
    document = read_document(EXAMPLE)

    assert document.plan(alert(alertname="Watchdog"), NOW) == []
    assert [(each.name, each.minutes) for each in document.heartbeats()] == [("watchdog", 10)]
