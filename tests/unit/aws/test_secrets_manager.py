"""The access key as a secret: what it may hold, and when it is fetched."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from aliyun_sms.aws.secrets_manager import SecretCredentials, read_secret
from aliyun_sms.errors import NoCredentials
from aliyun_sms.provider.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = {"access_key_id": "testId", "access_key_secret": "testSecret"}
TEMPORARY_KEY = KEY | {"security_token": "token+/="}
NOT_PRINTABLE = " is not a string of printable ASCII"
ARN = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:sms"


class Secret:
    """A secret in moto's Secrets Manager, which counts how often it is fetched."""

    def __init__(self) -> None:
        self.client = boto3.client("secretsmanager", "cn-north-1")
        self.client.meta.events.register("before-call.secrets-manager.GetSecretValue", self._count)
        self.arn = self.client.create_secret(Name="sms")["ARN"]
        self.fetches = 0

    def _count(self, **_: object) -> None:
        self.fetches += 1

    def put(self, text: str | dict[str, str]) -> None:
        value = text if isinstance(text, str) else json.dumps(text)
        self.client.put_secret_value(SecretId=self.arn, SecretString=value)

    def source(self) -> SecretCredentials:
        return SecretCredentials(self.arn, lambda: self.client)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Secret]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield Secret()


def refused(text: str) -> NoCredentials:
    with pytest.raises(NoCredentials) as raised:
        read_secret(text)
    return raised.value


def test_a_secret_is_read_when_it_is_first_needed_and_kept(secret: Secret) -> None:
    secret.put(TEMPORARY_KEY)
    source = secret.source()
    assert secret.fetches == 0

    fetched = [source.current() for _ in range(3)]

    assert fetched == [Credentials("testId", "testSecret", "token+/=")] * 3
    assert secret.fetches == 1


def test_the_client_of_secrets_manager_is_made_when_it_is_first_needed() -> None:
    made: list[str] = []

    SecretCredentials(ARN, lambda: made.append("client"))

    assert made == []


def test_renewing_fetches_again_and_tells_that_the_secret_has_changed(secret: Secret) -> None:
    secret.put(KEY)
    source = secret.source()
    used = source.current()
    secret.put(KEY | {"access_key_secret": "rotated"})

    assert source.renew(used) is True
    assert source.current() == Credentials("testId", "rotated")
    assert secret.fetches == 2


def test_renewing_an_unchanged_secret_tells_that_it_has_not_changed(secret: Secret) -> None:
    secret.put(KEY)
    source = secret.source()
    used = source.current()

    assert source.renew(used) is False
    assert source.current() == Credentials("testId", "testSecret")


def test_of_two_whose_key_was_refused_one_fetches(secret: Secret) -> None:
    secret.put(KEY)
    source = secret.source()
    used = source.current()
    secret.put(KEY | {"access_key_secret": "rotated"})

    assert [source.renew(used), source.renew(used)] == [True, True]
    assert secret.fetches == 2


def test_a_new_token_is_a_change(secret: Secret) -> None:
    secret.put(TEMPORARY_KEY)
    source = secret.source()
    used = source.current()
    secret.put(TEMPORARY_KEY | {"security_token": "fresh"})

    assert source.renew(used) is True


def test_a_secret_that_was_never_filled_says_so(secret: Secret) -> None:
    with pytest.raises(NoCredentials) as raised:
        secret.source().current()

    assert (raised.value.code, raised.value.description) == (
        "client:no-credentials",
        "the secret is empty or does not exist",
    )


def test_a_secret_that_is_filled_later_is_found(secret: Secret) -> None:
    source = secret.source()
    with suppress(NoCredentials):
        source.current()
    secret.put(KEY)

    assert source.current() == Credentials("testId", "testSecret")


def test_a_binary_secret_says_so(secret: Secret) -> None:
    secret.client.put_secret_value(SecretId=secret.arn, SecretBinary=b"x")

    with pytest.raises(NoCredentials) as raised:
        secret.source().current()

    assert raised.value.description == "the secret is binary, not JSON text"


def test_the_old_key_stays_where_renewing_fails(secret: Secret) -> None:
    secret.put(KEY)
    source = secret.source()
    used = source.current()
    secret.put("broken")

    with pytest.raises(NoCredentials):
        source.renew(used)

    assert source.current() == Credentials("testId", "testSecret")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("AccessDeniedException", "client:no-credentials"),
        ("DecryptionFailure", "client:no-credentials"),
        ("InvalidRequestException", "client:no-credentials"),
        ("ThrottlingException", "client:credentials-unavailable"),
        ("InternalServiceError", "client:credentials-unavailable"),
        ("ExpiredTokenException", "client:credentials-unavailable"),
    ],
)
def test_what_secrets_manager_refuses_tells_whether_another_try_can_help(error: str, code: str) -> None:
    client = boto3.client("secretsmanager", "cn-north-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.add_client_error("get_secret_value", error, "canary arn:aws-cn")

    with stubber, pytest.raises(NoCredentials) as raised:
        SecretCredentials(ARN, lambda: client).current()

    assert raised.value.code == code
    assert "canary" not in f"{raised.value!r} {raised.value.description}"
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("error", [ConnectTimeoutError(endpoint_url="https://canary"), NoCredentialsError()])
def test_a_secrets_manager_that_cannot_be_reached_can_be_asked_again(error: Exception) -> None:
    def unreachable() -> Any:
        raise error

    with pytest.raises(NoCredentials) as raised:
        SecretCredentials(ARN, unreachable).current()

    assert (raised.value.code, raised.value.description) == ("client:credentials-unavailable", type(error).__name__)


@pytest.mark.parametrize("token", [{}, {"security_token": ""}, {"security_token": None}])
def test_a_lasting_key_has_no_token(token: dict[str, object]) -> None:
    assert read_secret(json.dumps(KEY | token)).security_token is None


def test_space_around_a_value_is_taken_off() -> None:
    padded = {name: f" {value}\n" for name, value in TEMPORARY_KEY.items()}

    assert read_secret(json.dumps(padded)) == Credentials("testId", "testSecret", "token+/=")


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("", "the secret is not JSON"),
        ("canary", "the secret is not JSON"),
        pytest.param("[" * 100_000, "the secret is not JSON", id="deep list"),
        ('"canary"', "the secret is not a JSON object"),
        ("[]", "the secret is not a JSON object"),
        ("{}", "the secret has no access_key_id"),
        ('{"access_key_id": "canary"}', "the secret has no access_key_secret"),
        ('{"access_key_secret": "canary"}', "the secret has no access_key_id"),
        ('{"access_key_id": " ", "access_key_secret": "canary"}', "the secret has no access_key_id"),
        ('{"access_key_id": 5, "access_key_secret": "canary"}', "the secret's access_key_id" + NOT_PRINTABLE),
        ('{"access_key_id": "x", "access_key_secret": "canary钥"}', "the secret's access_key_secret" + NOT_PRINTABLE),
        ('{"access_key_id": "cana\\nry", "access_key_secret": "x"}', "the secret's access_key_id" + NOT_PRINTABLE),
        ('{"access_key_id": "cana ry", "access_key_secret": "x"}', "the secret's access_key_id" + NOT_PRINTABLE),
        (json.dumps(KEY | {"security_token": ["canary"]}), "the secret's security_token" + NOT_PRINTABLE),
    ],
)
def test_a_wrong_secret_says_what_is_wrong_with_it_but_not_what_it_holds(text: str, description: str) -> None:
    error = refused(text)

    assert (error.code, error.description) == ("client:no-credentials", description)
    assert "canary" not in f"{error!r}"
    assert error.__suppress_context__ or error.__context__ is None


@given(
    st.text()
    | st.dictionaries(st.sampled_from(list(TEMPORARY_KEY)), st.text() | st.none() | st.integers()).map(json.dumps)
)
def test_any_text_is_credentials_that_a_header_can_carry_or_refused(text: str) -> None:
    with suppress(NoCredentials):
        credentials = read_secret(text)
        assert credentials.access_key_id.isprintable()
        assert credentials.access_key_id.isascii()
        assert credentials.access_key_secret
