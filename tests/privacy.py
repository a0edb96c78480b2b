"""A pytest plugin that listens to every test: no log line, metric, exception text or URL of ours holds a secret.

It hears what the layer and the functions let out: their log lines as they leave, the debug lines of the libraries
below them, metrics on stdout, every SmsError with the errors behind it, and the URLs of the client's requests.
"""

from __future__ import annotations

import copy
import json
import logging
import re
import traceback
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from requests.adapters import HTTPAdapter

from aliyun_sms.aws import clients  # noqa: F401 - it sets what botocore logs, as in every function
from aliyun_sms.errors import SmsError
from aliyun_sms.observability import logger
from aliyun_sms.provider.connection import Adapter

if TYPE_CHECKING:
    from collections.abc import Collection, Generator

    from requests import PreparedRequest, Response

ACCESS_KEY_ID = "LTAI5tCanaryKeyId"
ACCESS_KEY_SECRET = "canarySecret0123456789abcdefgh"
SECURITY_TOKEN = "CAIScanaryToken+/="
KEYS = (ACCESS_KEY_ID, ACCESS_KEY_SECRET, SECURITY_TOKEN)

CODE = "739164"  # the template values and the number from abroad in events/
NAME = "王小明"
ABROAD = "85261234567"
SECRETS = (*KEYS, CODE, NAME, ABROAD)

_MAINLAND = re.compile(r"(?<![0-9A-Za-z])(?:(?:\+|00)?86)?1[3-9][0-9]{9}(?![0-9A-Za-z])")
_OUR_LINE = re.compile(r'^\{.*"(?:_aws|level)":.*$', re.MULTILINE)
_OTHERS = ("aliyunsdk", "alibabacloud", "darabonba", "Tea")  # the official SDKs, which tests of the simulator call


@dataclass(slots=True)
class Overheard:
    """What one test let out so far."""

    lines: list[str] = field(default_factory=list)  # of our logger, as they go to CloudWatch
    debug_lines: list[str] = field(default_factory=list)  # of the loggers of libraries
    printed: list[str] = field(default_factory=list)
    errors: list[SmsError] = field(default_factory=list)
    requests: list[PreparedRequest] = field(default_factory=list)

    def clear(self) -> None:
        for heard in (self.lines, self.debug_lines, self.printed, self.errors, self.requests):
            heard.clear()

    def logged(self) -> list[dict[str, Any]]:
        """The lines of our logger, read."""
        return [json.loads(line) for line in self.lines]

    def leaks(self) -> list[str]:
        """What must not have been let out, each with where it stands."""
        texts = [*self.lines, *self.debug_lines, *map(_text, self.errors)]
        texts += [line for printed in self.printed for line in _OUR_LINE.findall(printed)]
        found = [f"{secret} in: {text}" for text in texts for secret in secrets_in(text)]
        found += [f"{secret} was printed" for printed in self.printed for secret in _held(printed, SECRETS)]
        return found + [f"{secret} in a URL" for request in self.requests for secret in secrets_in_url(request)]


overheard = Overheard()


def secrets_in(text: str, secrets: Collection[str] = SECRETS) -> list[str]:
    """The secrets and whole mainland numbers in a text, also percent-encoded, once or twice."""
    forms = {text, unquote(text), unquote(unquote(text))}
    found = {secret for form in forms for secret in _held(form, secrets)}
    return sorted(found | {number for form in forms for number in _MAINLAND.findall(form)})


def secrets_in_url(request: PreparedRequest) -> list[str]:
    """The same in a URL. Under signature version 3 the message is in the query, as is stated; a key never is."""
    if "x-acs-action" in request.headers:
        return _held(unquote(str(request.url)), KEYS)
    return secrets_in(str(request.url))


def _held(text: str, secrets: Collection[str]) -> list[str]:
    return [secret for secret in secrets if _pattern(secret).search(text)]


@cache
def _pattern(secret: str) -> re.Pattern[str]:
    """The secret as it is or in JSON. Digits count only where no letter or digit touches them: ids are random."""
    if secret.isdigit():
        return re.compile(rf"(?<![0-9A-Za-z]){secret}(?![0-9A-Za-z])")
    return re.compile("|".join(map(re.escape, (secret, json.dumps(secret)[1:-1]))))


def _text(error: SmsError) -> str:
    return "".join([str(error), "\n", repr(error), "\n", *traceback.format_exception(error, limit=0)])


class _Listener(logging.Handler):
    """Formats each record as its own handler would, at once, while its values are what they are."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == logger.name:
            overheard.lines.append(logger.registered_formatter.format(copy.copy(record)))
        elif not record.name.startswith(_OTHERS):
            overheard.debug_lines.append(self.format(copy.copy(record)))


def _keep(self: SmsError, *args: object) -> None:
    Exception.__init__(self, *args)
    overheard.errors.append(self)


def _send(self: Adapter, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
    overheard.requests.append(request)
    return HTTPAdapter.send(self, request, *args, **kwargs)


def _listen_to_captures() -> None:
    """What a test reads from capsys is missing in its report."""
    read = pytest.CaptureFixture.readouterr

    def readouterr(self: pytest.CaptureFixture[str]) -> Any:
        captured = read(self)
        overheard.printed.extend(map(str, captured))
        return captured

    pytest.CaptureFixture.readouterr = readouterr  # type: ignore[method-assign, assignment]


def pytest_configure() -> None:
    logging.getLogger().addHandler(_Listener())
    logging.getLogger().setLevel(logging.DEBUG)
    SmsError.__init__ = _keep  # type: ignore[method-assign, assignment]
    Adapter.send = _send  # type: ignore[method-assign, assignment]
    _listen_to_captures()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    overheard.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that let something out."""
    report = yield
    overheard.printed.extend(text for title, text in report.sections if "Captured std" in title)
    if report.passed and (leaks := overheard.leaks()):
        report.outcome = "failed"
        report.longrepr = "\n".join(["A secret was let out.", *leaks])
    overheard.errors.clear()  # they keep alive what was on the stack when they were raised
    return report
