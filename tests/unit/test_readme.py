"""What the README and the pages of docs/ say of the contract is what the code and the template do."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any, get_args
from urllib.parse import parse_qs

import pytest

from aliyun_sms.message.fields import FIELDS
from aliyun_sms.message.message import Defaults, Message
from aliyun_sms.provider.catalogue import Category, lookup
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.provider.request import Stamp, rpc_request
from aliyun_sms.result import Result, Status
from aliyun_sms.settings import read_settings
from cli import __main__ as command
from docs.generate import HERE
from docs.generate import PAGES as GENERATED
from tests.pages import (
    ALERTS,
    API,
    CHINESE,
    CLI,
    CLIENTS,
    DOCS,
    LOCAL_CLOUD,
    OPERATIONS,
    OWN_FUNCTION,
    PAGES,
    README,
    ROOT,
    RUNBOOK,
    SETTINGS,
    TESTING,
    Page,
    blocks,
    names,
    rows,
)
from tests.template.conftest import read

ALARMS = {
    name: each["Properties"] for name, each in read()["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"
}
HEADINGS = re.findall(r"^##+ (.+)$", RUNBOOK.text, re.MULTILINE)
LONGEST_DESCRIPTION = 1024  # that CloudWatch takes
VERBS = list(command.VERBS)
DEFAULTS = Defaults("北岸书店", None)
WITH_COMMANDS = [  # the sections whose blocks tests/e2e/test_readme.py runs
    (README, "aliyun-sms on AWS Lambda"),
    (README, "Deploying"),
    (README, "Sending"),
    *((RUNBOOK, heading) for heading in HEADINGS),  # tests/e2e/test_runbook.py
    (OPERATIONS, "Deleting the stack"),
    (OPERATIONS, "Adopting the table that stayed"),
    *((CLI, verb) for verb in VERBS),  # tests/e2e/test_cli_page.py
    (LOCAL_CLOUD, "The local cloud"),
    (ALERTS, "Ten minutes to a phone that rings"),  # tests/e2e/test_alerts_page.py
    (CLIENTS, "Running them"),  # tests/e2e/test_clients.py
    (OWN_FUNCTION, "Deploying it"),  # tests/e2e/test_own_function.py
    (TESTING, "Running them"),  # tests/e2e/test_service_tests.py
]
LANGUAGES = {"sh", "json", "mermaid"}
FIVE = ["SignName", "TemplateCode", "ApiRateLimit", "ProxyUrl", "AlarmTopicArn"]
MOST_LINES = 140


class Environment(dict[str, str]):
    """Environment variables that remember which of them were asked for."""

    def __init__(self, **variables: str) -> None:
        super().__init__(variables)
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def named(table: list[list[str]]) -> list[str]:
    """What stands in backticks in the first column."""
    return [name for row in table for name in names(row[0])]


@pytest.mark.parametrize("page", [README, *DOCS], ids=lambda page: page.path)
def test_every_block_of_commands_stands_where_a_test_runs_it(page: Page) -> None:
    run = [block for other, heading in WITH_COMMANDS if other == page for block in blocks("sh", page.section(heading))]

    assert run == blocks("sh", page.text)


@pytest.mark.parametrize("page", [README, CHINESE, *DOCS], ids=lambda page: page.path)
def test_every_block_names_its_language(page: Page) -> None:
    """Or commands could stand in one that no test looks at."""
    fences = re.findall(r"^ *(?:```|~~~)(.*)$", page.text, flags=re.MULTILINE)

    assert set(fences[::2]) <= LANGUAGES
    assert set(fences[1::2]) <= {""}


def test_the_two_commands_are_in_the_first_screen() -> None:
    assert {"make demo", "make test"} <= {line.split("  #")[0].strip() for line in README.text.splitlines()[:12]}


def test_the_first_page_stays_one() -> None:
    assert len(README.text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("language", ["sh", "json"])
def test_the_chinese_first_page_has_the_same_blocks(language: str) -> None:
    """So those of the English one that are run stand for both; only what is said behind `#` differs."""

    def of(page: Page) -> list[str]:
        return [re.sub(r" +# .*", "", block) for block in blocks(language, page.text)]

    assert of(CHINESE) == of(README)


def test_the_picture_is_the_same_in_both_languages() -> None:
    """Its nodes and arrows are; what stands in them is translated."""

    def shape(page: Page) -> list[str]:
        [picture] = blocks("mermaid", page.text)
        return re.sub(r"[\[(|]+[^\[\]()|]+[\])|]+", "", picture).splitlines()

    assert shape(CHINESE) == shape(README)


def test_the_deployment_in_one_line_names_five_parameters_of_the_template() -> None:
    _, line, _ = blocks("sh", README.section("Deploying"))

    assert re.findall(r"(\w+)=\S", line) == FIVE
    assert set(FIVE) <= set(read()["Parameters"])


def test_the_table_of_fields_is_the_codes() -> None:
    assert [names(row[0])[0] for row in rows(API.section("Message"))] == list(FIELDS)


def test_the_example_of_a_result_has_its_keys() -> None:
    [example] = blocks("json", API.section("Result"))
    result = Result("", "accepted", "OK", "OK", "success", retryable=False, advice=None)

    assert list(json.loads(example)) == list(result.document())


def test_the_table_of_results_has_every_status() -> None:
    assert sorted(named(rows(API.section("Result")))) == sorted(get_args(Status))


def test_the_table_of_categories_is_complete() -> None:
    assert {names(row[0])[0] for row in rows(API.section("Errors"))} == set(get_args(Category))


@pytest.mark.parametrize(
    "code", [code for row in rows(API.section("Errors").partition("The ones met")[2]) for code in names(row[0])]
)
def test_the_codes_it_explains_are_in_the_catalogue(code: str) -> None:
    assert "not in the catalogue" not in (lookup(code).advice_en or "")


def test_the_policy_for_alibaba_allows_what_is_called_alone() -> None:
    [policy] = blocks("json", README.section("Deploying"))

    assert json.loads(policy)["Statement"][0]["Action"] == [
        "dysms:SendSms",
        "dysms:SendBatchSms",
        "dysms:QuerySendDetails",
        "dysms:GetSmsSign",
        "dysms:GetSmsTemplate",
    ]


def routes() -> set[str]:
    """Method and path of each route in the template."""
    events = read()["Resources"]["SendOnRequestFunction"]["Properties"]["Events"].values()
    return {f"{event['Properties']['Method']} {event['Properties']['Path']}" for event in events}


def test_the_routes_that_are_told_are_those_of_the_template() -> None:
    asked = {names(row[0])[0] for row in rows(API.section("Asking for a message"))}

    assert asked | {"POST /v1/messages"} == routes()


def test_the_policy_for_a_caller_grants_sending_and_asking_for_their_own_alone() -> None:
    [policy] = blocks("json", API.section("Asking for a message"))
    granted = [resource.partition("/*/")[2] for resource in json.loads(policy)["Statement"][0]["Resource"]]

    assert {route for route in routes() if any(fnmatch(route.replace(" ", "", 1), path) for path in granted)} == {
        "POST /v1/messages",
        "GET /v1/messages",
        "GET /v1/messages/{message_id}",
    }


def test_the_input_of_a_schedule_holds_messages() -> None:
    several, one = (json.loads(example) for example in blocks("json", API.section("The schedule door")))

    assert [Message(document, DEFAULTS) for document in [*several["messages"], one["input"]]]


def test_the_table_of_variables_is_what_the_settings_read() -> None:
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "testId", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret"}
    environments = [Environment(SMS_MESSAGES_TABLE="", **more) for more in (key, {"SMS_CREDENTIALS_SECRET_ARN": "arn"})]
    for environment in environments:
        read_settings(environment)

    table = named(rows(SETTINGS.section("Environment variables")))

    assert sorted(table) == sorted(set().union(*(environment.asked for environment in environments)))


def test_every_parameter_of_the_template_stands_in_the_settings_with_its_default() -> None:
    table = rows(SETTINGS.section("Parameters"))
    said = {name: "".join(names(row[1])) for row in table for name in names(row[0])}
    defaults = {name: str(parameter["Default"]) for name, parameter in read()["Parameters"].items()}

    assert {name: said.get(name) for name in defaults} == defaults


@pytest.mark.parametrize(("alarm", "properties"), ALARMS.items())
def test_an_alarm_says_which_section_of_the_runbook_is_its_own(alarm: str, properties: dict[str, Any]) -> None:
    [table_row] = [row for row in rows(RUNBOOK.section("Runbook")) if alarm in names(row[0])]
    [(_, anchor)] = re.findall(r"\[(.+?)\]\(#(.+?)\)", table_row[1])

    assert properties["AlarmDescription"].endswith(f". What to do: docs/runbook.md#{anchor}")
    assert len(properties["AlarmDescription"]) <= LONGEST_DESCRIPTION
    assert anchor in RUNBOOK.anchors()


def test_no_section_of_the_runbook_is_without_a_command() -> None:
    assert [heading for heading in HEADINGS if not blocks("sh", RUNBOOK.section(heading))] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_section_with_commands_and_one_with_the_statements_that_it_needs(verb: str) -> None:
    """What they grant is shown by tests/e2e/test_cli_policies.py."""
    needed = OPERATIONS.section(verb)

    assert blocks("sh", CLI.section(verb))
    assert blocks("json", needed) or needed.strip().startswith("Nothing")


def test_the_names_to_move_to_are_those_of_a_request() -> None:
    """The section on the copied recipe names every parameter that goes over the wire, and a wrong name for each."""
    given = ("PhoneNumbers", "SignName", "TemplateCode", "TemplateParam", "OutId")
    stamp = Stamp(datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC), "nonce")
    request = rpc_request("https://x", "SendSms", dict.fromkeys(given, "x"), Credentials("testId", "testSecret"), stamp)
    table = rows(CHINESE.section("从旧写法迁移"))

    right = [name for row in table for name in names(row[1])]
    assert sorted(right) == sorted(parse_qs(request.body.decode()))
    assert not set(named(table)) & set(right)
    assert len(named(table)) == len(right)


@pytest.mark.parametrize(
    "code",
    sorted(set(re.findall(r"`((?:Missing|Invalid|Signature)\w*[A-Z][\w.]+)`", CHINESE.section("从旧写法迁移")))
           - {"SignatureMethod", "SignatureNonce", "SignatureVersion"}),
)  # fmt: skip
def test_the_codes_that_the_recipe_meets_are_in_the_catalogue(code: str) -> None:
    assert "not in the catalogue" not in (lookup(code).advice_en or "")


@pytest.mark.parametrize("page", GENERATED)
def test_pages_made_from_the_code_are_fresh(page: str) -> None:
    assert (HERE / page).read_text("utf-8") == GENERATED[page](), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_links_lead_to_files_and_to_headings_in_them(page: Page) -> None:
    assert [link for link in page.links() if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / page.path).parent.joinpath(path) if path else ROOT / page.path
    if not target.exists() or not target.resolve().is_relative_to(ROOT.resolve()):
        return False
    return (
        not anchor or anchor in Page(PurePosixPath(target.resolve().relative_to(ROOT.resolve())).as_posix()).anchors()
    )


def test_each_page_of_docs_is_reached_from_the_first() -> None:
    def targets(page: Page) -> set[str]:
        paths = (link.partition("#")[0] for link in page.links())
        found = ((ROOT / page.path).parent.joinpath(path).resolve() for path in paths if path.endswith(".md"))
        return {path.relative_to(ROOT.resolve()).as_posix() for path in found}

    reached, new = set[str](), {README.path}
    while new:
        reached |= new
        new = set().union(*(targets(Page(path)) for path in new)) - reached

    assert {page.path for page in PAGES} <= reached


def test_an_anchor_is_made_as_github_makes_it() -> None:
    assert {"what-is-guaranteed-and-what-that-rests-on", "how-an-unknown-outcome-is-settled"} <= Page(
        "docs/delivery.md"
    ).anchors()
    assert "从旧写法迁移" in CHINESE.anchors()


PLATFORM = {"ERROR", "Task timed out", "Runtime exited"}  # words of Lambda's own lines
SOURCES = [path for folder in ("layers/aliyun_sms/aliyun_sms", "functions") for path in (ROOT / folder).rglob("*.py")]
LOGGED = "".join(path.read_text("utf-8") for path in sorted(SOURCES))


@pytest.mark.parametrize("word", sorted(set(re.findall(r"'\"([^\"']+)\"'", RUNBOOK.text))))
def test_what_the_runbook_looks_for_in_the_logs_is_what_is_logged(word: str) -> None:
    assert word in PLATFORM or word.strip('"') in LOGGED
