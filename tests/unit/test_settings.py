"""What an operator can set, what stands in where nothing is set, and what is said of a mistake."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.errors import InvalidSettings
from aliyun_sms.message.message import Defaults
from aliyun_sms.message.reach import Reach
from aliyun_sms.provider.credentials import Credentials
from aliyun_sms.settings import Settings, read_settings

LEAST = {
    "SMS_MESSAGES_TABLE": "",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret",
}
ARN = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:sms"
NAMES = [
    *LEAST,
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "SMS_CREDENTIALS_SECRET_ARN",
    "SMS_ENDPOINT",
    "SMS_PROXY",
    "SMS_SIGNATURE_VERSION",
    "SMS_PROVIDER_TIMEOUT_SECONDS",
    "SMS_ADVICE_LANGUAGE",
    "SMS_ALLOWED_COUNTRIES",
    "SMS_ONLY_RECIPIENTS",
    "SMS_MAX_RECIPIENTS",
]


def read(**variables: str) -> Settings:
    return read_settings(LEAST | variables)


def faults(environment: dict[str, str]) -> list[str]:
    with pytest.raises(InvalidSettings) as raised:
        read_settings(environment)
    return [str(fault) for fault in raised.value.faults]


def test_what_is_not_set_has_its_default() -> None:
    assert read() == Settings(
        credentials=Credentials("testId", "testSecret"),
        credentials_secret_arn=None,
        endpoint="https://dysmsapi.aliyuncs.com",
        signature_version=1,
        provider_timeout_seconds=10,
        proxy=None,
        defaults=Defaults(None, None),
        reach=Reach(frozenset({"CN"})),
        advice_language="en",
        dead_letter_queue_url=None,
        queue_url=None,
        queue_maximum_receives=5,
        messages_table=None,
        retention_days=30,
        daily_limit=0,
        daily_limit_per_caller=0,
        unknown_grace_seconds=3600,
        unknown_policy="hold",
        refusal_policy="whole",
        alerts_table=None,
        alert_daily_limit=500,
        alert_hourly_limit=20,
        stop_covers_alerts=False,
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read(**dict.fromkeys(set(NAMES) - set(LEAST), " ")) == read()


def test_what_is_set_is_read() -> None:
    settings = read(
        ALIBABA_CLOUD_SECURITY_TOKEN="token",
        SMS_ENDPOINT="https://dysmsapi.ap-southeast-1.aliyuncs.com/",
        SMS_SIGN_NAME="阿里云",
        SMS_TEMPLATE_CODE="SMS_1",
        SMS_SIGNATURE_VERSION="3",
        SMS_PROVIDER_TIMEOUT_SECONDS="2.5",
        SMS_PROXY="http://user:password@proxy.example.cn:3128",
        SMS_ADVICE_LANGUAGE="zh",
        SMS_DEAD_LETTER_QUEUE_URL="https://sqs/q",
    )

    assert settings.credentials == Credentials("testId", "testSecret", "token")
    assert settings.endpoint == "https://dysmsapi.ap-southeast-1.aliyuncs.com/"
    assert settings.defaults == Defaults("阿里云", "SMS_1")
    assert (settings.signature_version, settings.provider_timeout_seconds) == (3, 2.5)
    assert settings.proxy == "http://user:password@proxy.example.cn:3128"
    assert (settings.advice_language, settings.dead_letter_queue_url) == ("zh", "https://sqs/q")


def test_a_secret_wins_over_an_access_key() -> None:
    settings = read(SMS_CREDENTIALS_SECRET_ARN=ARN)

    assert (settings.credentials, settings.credentials_secret_arn) == (None, ARN)


def test_with_a_secret_no_access_key_is_needed() -> None:
    assert read_settings({"SMS_MESSAGES_TABLE": "", "SMS_CREDENTIALS_SECRET_ARN": ARN}).credentials is None


def test_every_missing_variable_is_named_at_once() -> None:
    assert faults({}) == [
        "ALIBABA_CLOUD_ACCESS_KEY_ID: is not set, nor is SMS_CREDENTIALS_SECRET_ARN",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET: is not set, nor is SMS_CREDENTIALS_SECRET_ARN",
        "SMS_MESSAGES_TABLE: is not set; empty means: without the ledger and its guarantees",
    ]


def test_the_ledger_and_how_long_it_keeps_what_are_read() -> None:
    settings = read(
        SMS_MESSAGES_TABLE="messages",
        SMS_QUEUE_URL="https://sqs/messages",
        SMS_LEDGER_RETENTION_DAYS="19",
        SMS_UNKNOWN_GRACE_SECONDS="90",
        SMS_UNKNOWN_POLICY="resend",
    )

    assert (settings.messages_table, settings.queue_url, settings.retention_days) == (
        "messages",
        "https://sqs/messages",
        19,
    )
    assert (settings.unknown_grace_seconds, settings.unknown_policy) == (90, "resend")


@pytest.mark.parametrize(
    "url",
    [
        "https://dysmsapi.aliyuncs.com",
        "https://dysmsapi-xman.vpc-proxy.aliyuncs.com:443/",
        "http://127.0.0.1:9000",
        "http://127.9.9.9",
        "http://localhost:9000/",
        "http://LOCALHOST:9000/",
        "http://[::1]:9000",
        "HTTPS://EXAMPLE.COM",
    ],
)
def test_an_endpoint_is_https_or_a_loopback_address(url: str) -> None:
    assert read(SMS_ENDPOINT=url).endpoint == url


@pytest.mark.parametrize(
    "url",
    [
        "http://dysmsapi.aliyuncs.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.1",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://[::2]",
    ],
)
def test_plain_http_is_for_loopback_addresses_only(url: str) -> None:
    assert faults(LEAST | {"SMS_ENDPOINT": url}) == ["SMS_ENDPOINT: may be plain http only for loopback addresses"]


@pytest.mark.parametrize(
    "url",
    [
        "dysmsapi.aliyuncs.com",
        "ftp://dysmsapi.aliyuncs.com",
        "https://",
        "https:///",
        "https://example.com/path",
        "https://example.com/?query",
        "https://example.com?",
        "https://example.com#fragment",
        "https://user:password@example.com",
        "http://127.0.0.1@example.com",
        "http://example.com\\@127.0.0.1",
        "https://example.com:99999",
        "https://example.com:port",
        "https://[::1",
        "https://[:::::]",
        "https://exa mple.com",
        "https://example.com\n.example.org",
    ],
)
def test_an_endpoint_is_scheme_and_host_and_perhaps_a_port(url: str) -> None:
    assert faults(LEAST | {"SMS_ENDPOINT": url}) == [
        "SMS_ENDPOINT: must be a URL of scheme and host, such as https://dysmsapi.aliyuncs.com"
    ]


@pytest.mark.parametrize(
    "url", ["proxy.example.cn:3128", "socks5://proxy.example.cn", "http://", "http://[::1", "http://x:99999", "//x"]
)
def test_a_proxy_is_a_url_and_its_password_is_not_quoted(url: str) -> None:
    assert faults(LEAST | {"SMS_PROXY": url}) == ["SMS_PROXY: must be a URL such as http://proxy.example.cn:3128"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SMS_SIGNATURE_VERSION", "2", "must be one of 1, 3"),
        ("SMS_ADVICE_LANGUAGE", "de", "must be one of en, zh"),
        ("SMS_ALLOWED_COUNTRIES", "CN,UK,HK", "UK is no country code of ISO 3166"),
        ("SMS_ALLOWED_COUNTRIES", "cn", "cn is no country code of ISO 3166"),
        ("SMS_ALLOWED_COUNTRIES", "CN,", "an empty one is no country code of ISO 3166"),
        ("SMS_ALLOWED_COUNTRIES", "CN,*", "* is no country code of ISO 3166"),
        ("SMS_ALLOWED_COUNTRIES", "+8613800138000", "861****8000 is no country code of ISO 3166"),
        ("SMS_MAX_RECIPIENTS", "0", "must be a number of recipients from 1 to 1000"),
        ("SMS_MAX_RECIPIENTS", "1001", "must be a number of recipients from 1 to 1000"),
        ("SMS_LEDGER_RETENTION_DAYS", "18.9", "must be a number of days from 19 to 3650"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "0.5", "must be a number of seconds from 1 to 60"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "61", "must be a number of seconds from 1 to 60"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "1e1", "must be a number of seconds from 1 to 60"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "nan", "must be a number of seconds from 1 to 60"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "9" * 30, "must be a number of seconds from 1 to 60"),
        ("SMS_PROVIDER_TIMEOUT_SECONDS", "١٠", "must be a number of seconds from 1 to 60"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, reason: str) -> None:
    assert faults(LEAST | {name: value}) == [f"{name}: {reason}"]


@pytest.mark.parametrize(
    "name", ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"]
)
@pytest.mark.parametrize("value", ["cana ry", "cana\nry", "canary钥", "canary\udcff", "cana\x00ry"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_quoted(name: str, value: str) -> None:
    assert faults(LEAST | {name: value}) == [f"{name}: holds a space or another character that is not printable ASCII"]


def test_what_may_be_reached_is_read() -> None:
    settings = read(
        SMS_ALLOWED_COUNTRIES="CN, HK", SMS_ONLY_RECIPIENTS=" +86 13800138000,+852 6123 4567 ", SMS_MAX_RECIPIENTS="5"
    )

    assert settings.reach == Reach(frozenset({"CN", "HK"}), frozenset({"13800138000", "85261234567"}), 5)


def test_a_star_is_all_countries() -> None:
    assert read(SMS_ALLOWED_COUNTRIES="*").reach == Reach()


def test_an_only_recipient_that_is_no_number_is_named_by_its_place_and_not_quoted() -> None:
    listed = "13800138000,12800138000,,+85212"

    assert faults(LEAST | {"SMS_ONLY_RECIPIENTS": listed}) == [
        (
            "SMS_ONLY_RECIPIENTS[1]: is neither a mainland mobile number (1[3-9] and nine digits) "
            "nor + country code and number"
        ),
        "SMS_ONLY_RECIPIENTS[2]: is empty",
        "SMS_ONLY_RECIPIENTS[3]: is not a valid number of its country",
    ]


def test_settings_show_no_key_no_proxy_and_no_recipient() -> None:
    proxy = "http://user:password@proxy.example.cn"
    shown = repr(read(SMS_PROXY=proxy, ALIBABA_CLOUD_SECURITY_TOKEN="token", SMS_ONLY_RECIPIENTS="13800138000"))

    assert not [each for each in ("testId", "testSecret", "token", "password", "13800138000") if each in shown]


@given(st.dictionaries(st.sampled_from(NAMES), st.text() | st.text().map("https://".__add__)))
def test_any_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    with suppress(InvalidSettings):
        read_settings(LEAST | environment)


@pytest.mark.parametrize("name", ["SMS_DAILY_RECIPIENT_LIMIT", "SMS_DAILY_RECIPIENT_LIMIT_PER_CALLER"])
@pytest.mark.parametrize(
    ("text", "is_wrong"), [("0", False), ("1000000000", False), ("1000000001", True), ("-1", True), ("ten", True)]
)
def test_a_daily_limit_is_a_number_of_recipients_or_none(name: str, text: str, *, is_wrong: bool) -> None:
    wrong = [f"{name}: must be a number of recipients a day from 0 to 1000000000"] if is_wrong else []

    assert (faults(LEAST | {name: text}) if is_wrong else []) == wrong
    if not is_wrong:
        settings = read(**{name: text})
        assert int(text) in {settings.daily_limit, settings.daily_limit_per_caller}


def test_no_message_may_have_more_recipients_than_a_whole_day() -> None:
    assert read(SMS_DAILY_RECIPIENT_LIMIT="10").reach.daily_limit == 10
