"""`sms secret` against the deployed stack: a wrong key changes nothing, a right one is sent with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.command import Command
from tests.e2e.test_cli_doctor import options

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("cli")

OLD, NEW = ({"access_key_id": key_id, "access_key_secret": f"{key_id}Secret"} for key_id in ("test", "rotated"))
OLD["access_key_id"] = "testId"
SEND = ("send", "--template", "SMS_154950909", "--param", "code=739164", "--json", "--to")


def in_force(stack: Stack) -> object:
    outputs = json.loads(Command(stack).run("outputs", "--json").stdout)
    secret = stack.client("secretsmanager").get_secret_value(SecretId=outputs["credentials_secret_arn"])
    return json.loads(secret["SecretString"])


def test_a_wrong_key_is_told_and_the_stack_goes_on_with_the_one_that_it_had(stack: Stack) -> None:
    sms = Command(stack)

    done = sms.run("secret", typed=json.dumps({**OLD, "access_key_secret": "wrong"}), code=1)

    assert "the secret is as it was: SignatureDoesNotMatch" in done.stderr
    assert in_force(stack) == OLD
    assert json.loads(sms.run(*SEND, "18900189161").stdout)["status"] == "accepted"


def test_a_key_is_rotated_and_sent_with_when_the_old_one_is_disabled(stack: Stack) -> None:
    sms = Command(stack)
    with options(stack, access_keys=["testId:testSecret", "rotated:rotatedSecret"]):
        sms.run("secret", typed=json.dumps(NEW))
    assert in_force(stack) == NEW

    with options(stack, access_keys=["rotated:rotatedSecret"]):
        assert json.loads(sms.run(*SEND, "18900189162").stdout)["status"] == "accepted"
        [received] = stack.received("18900189162")
        assert received["access_key_id"] == "rotated"

    sms.run("secret", typed=json.dumps(OLD))
    assert json.loads(sms.run(*SEND, "18900189163").stdout)["status"] == "accepted"
