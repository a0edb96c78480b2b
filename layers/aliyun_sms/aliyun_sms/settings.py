"""What an operator sets, read from the environment in this one place."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from .errors import Fault, InvalidSettings
from .message.message import Defaults
from .message.phone_number import BadNumber, normalise
from .message.reach import COUNTRIES, MAINLAND, MOST_NUMBERS, Reach
from .privacy import shown
from .provider.client import ENDPOINT
from .provider.credentials import KEY_TEXT, Credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ENDPOINT = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?/?", re.IGNORECASE)
_LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}|localhost|::1")

MOST_A_DAY = 1_000_000_000  # recipients
LEAST_RETENTION = 4 + 14 + 1  # days: a message in the queue, then among the dead letters, and one to spare


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a function. Either `credentials` or `credentials_secret_arn` is set."""

    credentials: Credentials | None
    credentials_secret_arn: str | None
    endpoint: str
    signature_version: int
    provider_timeout_seconds: float
    proxy: str | None = field(repr=False)
    defaults: Defaults
    reach: Reach
    advice_language: str
    dead_letter_queue_url: str | None
    queue_url: str | None
    queue_maximum_receives: int
    messages_table: str | None
    retention_days: float
    daily_limit: int  # recipients, by all; 0 is none
    daily_limit_per_caller: int
    unknown_grace_seconds: float
    unknown_policy: str
    refusal_policy: str
    alerts_table: str | None
    alert_daily_limit: int  # messages of the alert door
    alert_hourly_limit: int  # and of it to a contact
    stop_covers_alerts: bool


def read_settings(environment: Mapping[str, str] = os.environ, *, without_default: Iterable[str] = ()) -> Settings:
    """The settings in environment variables; raises InvalidSettings, which names each that is missing or wrong.

    `without_default` are variables that must be set here, though they have a default elsewhere.
    """
    reader = _Reader(environment)
    for name in without_default:
        reader.require(name)
    daily_limit = reader.daily_limit("SMS_DAILY_RECIPIENT_LIMIT")
    settings = Settings(
        credentials=reader.credentials(),
        credentials_secret_arn=reader.text("SMS_CREDENTIALS_SECRET_ARN"),
        endpoint=reader.endpoint(),
        signature_version=int(reader.choice("SMS_SIGNATURE_VERSION", ("1", "3"))),
        provider_timeout_seconds=reader.number("SMS_PROVIDER_TIMEOUT_SECONDS", "seconds", default=10, most=60),
        proxy=reader.proxy(),
        defaults=Defaults(reader.text("SMS_SIGN_NAME"), reader.text("SMS_TEMPLATE_CODE")),
        reach=Reach(reader.countries(), reader.only_recipients(), reader.most_recipients(), daily_limit),
        advice_language=reader.choice("SMS_ADVICE_LANGUAGE", ("en", "zh")),
        dead_letter_queue_url=reader.text("SMS_DEAD_LETTER_QUEUE_URL"),
        queue_url=reader.text("SMS_QUEUE_URL"),
        queue_maximum_receives=int(reader.number("SMS_QUEUE_MAXIMUM_RECEIVES", "receives", default=5, most=1000)),
        messages_table=reader.messages_table(),
        retention_days=reader.number("SMS_LEDGER_RETENTION_DAYS", "days", least=LEAST_RETENTION, default=30, most=3650),
        daily_limit=daily_limit,
        daily_limit_per_caller=reader.daily_limit("SMS_DAILY_RECIPIENT_LIMIT_PER_CALLER"),
        unknown_grace_seconds=reader.number("SMS_UNKNOWN_GRACE_SECONDS", "seconds", default=3600, most=604800),
        unknown_policy=reader.choice("SMS_UNKNOWN_POLICY", ("hold", "resend")),
        refusal_policy=reader.choice("SMS_REFUSAL_POLICY", ("whole", "look-up")),
        alerts_table=reader.text("SMS_ALERTS_TABLE"),
        alert_daily_limit=int(reader.number("SMS_ALERT_DAILY_LIMIT", "messages a day", default=500, most=MOST_A_DAY)),
        alert_hourly_limit=int(reader.number("SMS_ALERT_HOURLY_LIMIT", "messages an hour", default=20, most=1000)),
        stop_covers_alerts=reader.choice("SMS_STOP_COVERS_ALERTS", ("off", "on")) == "on",
    )
    if reader.faults:
        raise InvalidSettings(reader.faults)
    return settings


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None where its host or port cannot be read."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    return parts


def _listed(text: str) -> list[str]:
    """What a list separated by commas holds; nothing where it is empty."""
    return [part.strip() for part in text.split(",")] if text else []


class _Reader:
    """Reads variables and gathers what is wrong with them; no fault quotes a value that may be secret."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[Fault] = []

    def require(self, name: str) -> None:
        if self.text(name) is None:
            self._fault(name, "is not set, and has no default here")

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name) or allowed[0]
        if value not in allowed:
            self._fault(name, f"must be one of {', '.join(allowed)}")
            return allowed[0]
        return value

    def number(self, name: str, unit: str, *, least: int = 1, default: float, most: float) -> float:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or not least <= float(text) <= most:
            self._fault(name, f"must be a number of {unit} from {least} to {most:.0f}")
            return default
        return float(text)

    def endpoint(self) -> str:
        url = self.text("SMS_ENDPOINT") or ENDPOINT
        parts = _split(url)
        if parts is None or not _ENDPOINT.fullmatch(url):
            self._fault("SMS_ENDPOINT", "must be a URL of scheme and host, such as " + ENDPOINT)
        elif parts.scheme == "http" and not _LOOPBACK.fullmatch(parts.hostname or ""):
            self._fault("SMS_ENDPOINT", "may be plain http only for loopback addresses")
        return url

    def proxy(self) -> str | None:
        url = self.text("SMS_PROXY")
        parts = _split(url or "http://none")
        if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
            self._fault("SMS_PROXY", "must be a URL such as http://proxy.example.cn:3128")
        return url

    def countries(self) -> frozenset[str] | None:
        codes = _listed(self.text("SMS_ALLOWED_COUNTRIES") or MAINLAND)
        if codes == ["*"]:
            return None
        for code in codes:
            if code not in COUNTRIES:
                self._fault("SMS_ALLOWED_COUNTRIES", f"{shown(code) or 'an empty one'} is no country code of ISO 3166")
        return frozenset(codes)

    def only_recipients(self) -> frozenset[str]:
        numbers = set()
        for position, number in enumerate(_listed(self.text("SMS_ONLY_RECIPIENTS") or "")):
            try:
                numbers.add(normalise(number))
            except BadNumber as bad:
                self._fault(f"SMS_ONLY_RECIPIENTS[{position}]", str(bad))
        return frozenset(numbers)

    def most_recipients(self) -> int:
        return int(self.number("SMS_MAX_RECIPIENTS", "recipients", default=MOST_NUMBERS, most=MOST_NUMBERS))

    def daily_limit(self, name: str) -> int:
        return int(self.number(name, "recipients a day", least=0, default=0, most=MOST_A_DAY))

    def credentials(self) -> Credentials | None:
        if self.text("SMS_CREDENTIALS_SECRET_ARN"):
            return None
        names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
        for name in names:
            if not self.text(name):
                self._fault(name, "is not set, nor is SMS_CREDENTIALS_SECRET_ARN")
        key_id, secret = (self.key_text(name) or "" for name in names)
        return Credentials(key_id, secret, self.key_text("ALIBABA_CLOUD_SECURITY_TOKEN"))

    def key_text(self, name: str) -> str | None:
        value = self.text(name)
        if value and not KEY_TEXT.fullmatch(value):
            self._fault(name, "holds a space or another character that is not printable ASCII")
        return value

    def messages_table(self) -> str | None:
        if "SMS_MESSAGES_TABLE" not in self._environment:
            self._fault("SMS_MESSAGES_TABLE", "is not set; empty means: without the ledger and its guarantees")
        return self.text("SMS_MESSAGES_TABLE")

    def _fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(name, reason))
