"""What the provider is asked for a person, from where the functions stand; and that nothing is ever sent so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import requests
import responses

from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.functions.conftest import Door
    from tests.workbench.wire_provider import Provider

NUMBER = "13800138000"
SENDS = {"ask": "sends", "phone_number": NUMBER, "days": ["20261130"]}
ACCOUNT = {"ask": "account"}
VERDICT = {"code": "OK", "advice": None, "fault": None, "detail": None}


@pytest.fixture
def ask(provider: Provider, load_door: Callable[..., Door]) -> Door:  # noqa: ARG001 - whom it asks
    return load_door("ask_provider", SMS_TEMPLATE_CODE="SMS_154950909")


def test_what_was_sent_is_told_without_number_and_text(ask: Door, provider: Provider) -> None:
    provider.shows = True
    provider.requests.append({"PhoneNumbers": NUMBER, "OutId": "abc"})

    answer = ask({**SENDS, "phone_number": f"+86{NUMBER}"})

    [send] = answer.pop("sends")
    assert answer == VERDICT
    assert (send["out_id"], send["send_status"]) == ("abc", 1)
    assert not {"phone_number", "content"} & send.keys()
    assert provider.queries[0]["PhoneNumber"] == NUMBER
    assert provider.queries[0]["SendDate"] == "20261130"


def test_each_day_is_asked_for(ask: Door, provider: Provider) -> None:
    ask({**SENDS, "days": ["20261129", "20261130"]})

    assert [query["SendDate"] for query in provider.queries] == ["20261129", "20261130"]


def test_why_the_records_cannot_be_read_is_told_with_what_to_do(ask: Door, provider: Provider) -> None:
    provider.query_refusal = "isp.RAM_PERMISSION_DENY"

    answer = ask(SENDS)

    assert (answer["code"], answer["fault"], answer["sends"]) == ("isp.RAM_PERMISSION_DENY", "permission", [])
    assert "RAM user" in answer["advice"]


def test_the_account_is_asked_for_key_signature_and_template(ask: Door, provider: Provider) -> None:
    answer = ask(ACCOUNT)

    assert answer == {
        "key": VERDICT,
        "signature": {"name": "阿里云短信测试", **VERDICT, "state": "approved"},
        "template": {"name": "SMS_154950909", **VERDICT, "state": "approved"},
    }
    assert [asked["Action"] for asked in provider.queries] == ["QuerySendDetails", "GetSmsSign", "GetSmsTemplate"]


@pytest.mark.parametrize(
    ("status", "state"), [(0, "in review"), ("1", "approved"), (2, "rejected"), ("10", "withdrawn"), (7, None)]
)
def test_how_far_a_review_is(ask: Door, provider: Provider, status: object, state: str | None) -> None:
    provider.review = status

    assert ask(ACCOUNT)["template"]["state"] == state


def test_what_the_stack_has_no_default_for_is_not_asked_for(provider: Provider, load_door: Callable[..., Door]) -> None:
    answer = load_door("ask_provider", SMS_SIGN_NAME="")(ACCOUNT)

    assert (answer["signature"], answer["template"]) == (None, None)
    assert len(provider.queries) == 1


def test_a_key_that_is_refused_is_told_as_such(ask: Door, provider: Provider) -> None:
    provider.key_ids = {"another"}

    answer = ask(ACCOUNT)

    assert (answer["key"]["code"], answer["key"]["fault"]) == ("InvalidAccessKeyId.NotFound", "key")


def test_a_provider_that_is_not_reached_is_told_with_its_reason(load_door: Callable[..., Door]) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post("https://dysmsapi.aliyuncs.com/", body=requests.ConnectTimeout())
        key = load_door("ask_provider")(ACCOUNT)["key"]

    assert (key["code"], key["fault"]) == ("client:connect-failure", None)
    assert key["detail"].startswith("the connection failed")


def test_the_faults_of_a_policy_are_told_by_their_places_and_the_provider_is_not_asked(
    ask: Door, provider: Provider
) -> None:
    good = {"callers": [{"principals": ["*"], "countries": ["CN"]}]}
    bad = {"callers": [{"principals": ["*"], "countries": ["CN", "GBR"]}] * 200}

    assert ask({"ask": "policy", "document": json.dumps(good)}) == {"faults": []}
    faults = ask({"ask": "policy", "document": json.dumps(bad)})["faults"]
    assert faults[0] == {"field": "callers[0].countries[1]", "reason": "GBR is no country code of ISO 3166"}
    assert len(faults) == 100
    assert provider.queries == []


@pytest.mark.parametrize("question", [SENDS, ACCOUNT])
def test_nothing_is_sent_by_it(ask: Door, provider: Provider, question: dict[str, Any]) -> None:
    ask(question)

    assert provider.requests == []


@pytest.mark.parametrize(
    ("event", "faults"),
    [
        ([], ["ask"]),
        ({}, ["ask"]),
        ({"ask": "send"}, ["ask"]),
        ({"ask": ["sends"]}, ["ask"]),
        ({"ask": "sends"}, ["days", "phone_number"]),
        ({**SENDS, "phone_number": 13800138000}, ["phone_number"]),
        ({**SENDS, "phone_number": "1380013800"}, ["phone_number"]),
        ({**SENDS, "days": []}, ["days"]),
        ({**SENDS, "days": ["20261130"] * 6}, ["days"]),
        ({**SENDS, "days": ["2026-11-30"]}, ["days"]),
        ({**SENDS, "days": [20261130]}, ["days"]),
        ({**SENDS, "day": "20261130"}, ["day"]),
        ({**ACCOUNT, "secret_version": "short"}, ["secret_version"]),
        ({**ACCOUNT, "phone_number": NUMBER}, ["phone_number"]),
        ({"ask": "policy"}, ["document"]),
        ({"ask": "policy", "document": {"callers": []}}, ["document"]),
    ],
)
def test_what_cannot_be_read_is_answered_with_field_and_fault(
    ask: Door, provider: Provider, event: object, faults: list[str]
) -> None:
    answer = ask(event)

    assert [fault["field"] for fault in answer["errors"]] == faults
    assert NUMBER not in json.dumps(answer)
    assert provider.queries == []


@pytest.fixture
def secret(sqs: Any, environment: pytest.MonkeyPatch) -> Callable[..., str]:  # noqa: ARG001 - that AWS is in this process
    """Put a key into the secret that the functions read; gives the version."""
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name=f"key-{uuid4()}", SecretString="{}")["ARN"]
    environment.setenv("SMS_CREDENTIALS_SECRET_ARN", arn)

    def put(key_id: str, *stages: str) -> str:
        text = json.dumps({"access_key_id": key_id, "access_key_secret": ACCESS_KEY_SECRET})
        return str(client.put_secret_value(SecretId=arn, SecretString=text, VersionStages=stages)["VersionId"])

    return put


def test_a_version_of_the_secret_is_tried_while_another_is_in_force(
    provider: Provider, load_door: Callable[..., Door], secret: Callable[..., str]
) -> None:
    secret(ACCESS_KEY_ID, "AWSCURRENT")
    version = secret("another", "AWSPENDING")
    provider.key_ids = {"another"}
    ask = load_door("ask_provider")

    assert ask(ACCOUNT)["key"]["fault"] == "key"
    assert ask({**ACCOUNT, "secret_version": version})["key"] == VERDICT


def test_the_key_is_read_anew_each_time(
    provider: Provider, load_door: Callable[..., Door], secret: Callable[..., str]
) -> None:
    secret(ACCESS_KEY_ID, "AWSCURRENT")
    provider.key_ids = {"another"}
    ask = load_door("ask_provider")
    assert ask(ACCOUNT)["key"]["fault"] == "key"

    secret("another", "AWSCURRENT")

    assert ask(ACCOUNT)["key"] == VERDICT


def test_an_empty_secret_is_the_keys_fault_and_says_so(
    load_door: Callable[..., Door],
    secret: Callable[..., str],  # noqa: ARG001 - it holds no key
    provider: Provider,  # noqa: ARG001 - nobody calls it
) -> None:
    key = load_door("ask_provider")(ACCOUNT)["key"]

    assert (key["code"], key["fault"]) == ("client:no-credentials", "key")
    assert key["detail"] == "the secret has no access_key_id"
