"""What the README says of the contract is what the code does."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from aliyun_sms.message.fields import FIELDS
from aliyun_sms.message.message import Defaults, Message
from aliyun_sms.provider.catalogue import Category, lookup
from aliyun_sms.result import Result
from docs.generate import HERE, PAGES
from tests.readme import ROOT, TEXT, blocks, names, rows, section

DEFAULTS = Defaults("北岸书店", None)
SECTIONS_WITH_COMMANDS = ["aliyun-sms on AWS Lambda", "Deploying", "Sending", "Request", "Queue", "Schedule"]


def test_every_block_of_commands_stands_where_a_test_runs_it() -> None:
    """tests/e2e/test_readme.py runs the blocks of these sections."""
    assert sum(len(blocks("sh", section(heading))) for heading in SECTIONS_WITH_COMMANDS) == len(blocks("sh"))


def test_the_two_commands_are_in_the_first_screen() -> None:
    assert {"make demo", "make test"} <= {line.split("  #")[0].strip() for line in TEXT.splitlines()[:12]}


def test_the_table_of_fields_is_the_codes() -> None:
    assert [names(row[0])[0] for row in rows(section("Sending"))] == list(FIELDS)


def test_the_example_of_a_result_has_its_keys() -> None:
    [example] = blocks("json", section("Sending"))
    result = Result("", "accepted", "OK", "OK", "success", retryable=False, advice=None)

    assert list(json.loads(example)) == list(result.document())


def test_the_table_of_categories_is_complete() -> None:
    assert {names(row[0])[0] for row in rows(section("Errors"))} == set(get_args(Category))


@pytest.mark.parametrize(
    "code", [code for row in rows(section("Errors").partition("The ones met")[2]) for code in names(row[0])]
)
def test_the_codes_it_explains_are_in_the_catalogue(code: str) -> None:
    assert "not in the catalogue" not in (lookup(code).advice_en or "")


def test_the_policy_for_alibaba_allows_the_three_actions_alone() -> None:
    [policy] = blocks("json", section("Deploying"))

    assert json.loads(policy)["Statement"][0]["Action"] == [
        "dysms:SendSms",
        "dysms:SendBatchSms",
        "dysms:QuerySendDetails",
    ]


def test_the_input_of_a_schedule_holds_messages() -> None:
    [example] = blocks("json", section("Schedule"))

    assert [Message(document, DEFAULTS) for document in json.loads(example)["messages"]]


def test_the_input_transformer_makes_an_event_whose_detail_is_a_message() -> None:
    [example] = blocks("json", section("Alarms and other events"))
    transformer = json.loads(example)
    template = re.sub(r"<(\w+)>", lambda found: json.dumps(f"the {found[1]}"), transformer["InputTemplate"])
    event = json.loads(template)

    assert set(re.findall(r"<(\w+)>", transformer["InputTemplate"])) == set(transformer["InputPathsMap"])
    assert {"id", "detail-type", "detail"} == set(event)
    assert Message(event["detail"], DEFAULTS).phone_numbers


@pytest.mark.parametrize("page", PAGES)
def test_pages_made_from_the_code_are_fresh(page: str) -> None:
    assert (HERE / page).read_text("utf-8") == PAGES[page](), "run make docs"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/decisions/README.md", "docs/local-cloud.md"])
def test_links_to_files_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text("utf-8"))

    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []
