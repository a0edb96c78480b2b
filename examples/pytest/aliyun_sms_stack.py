"""A pytest plugin, which is a file to copy: the local cloud of aliyun-sms for the tests of a service that sends by it.

`pytest_plugins = ["aliyun_sms_stack"]` in the conftest.py beside it gives the fixture `sms`. Where the checkout of
aliyun-sms is, says the environment variable ALIYUN_SMS or the option --aliyun-sms. A local cloud that runs there is
used; otherwise one is started for the session. It needs what `make up` needs, and of Python nothing but pytest.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE, OPTION = "ALIYUN_SMS", "--aliyun-sms"
PATIENCE = 10  # seconds; what goes through the queue takes one or two
PARAMETERS = "ProviderTimeoutSeconds=3"  # so that a send that times out takes no longer
LAST = 5  # of the provider's answers, and of the messages to others, that are told

_http = build_opener(ProxyHandler({}))  # nothing here is behind a proxy


class Sms:
    """The local cloud in the hands of a test."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        """`outputs` are the addresses and the key of docs/local-cloud.md: api_url, queue_url, region and others."""
        self.outputs = outputs
        self._earlier: set[str] = set()  # messages by their BizId, and requests by their nonce

    def inbox(self, phone_number: str) -> list[dict[str, Any]]:
        """Give the messages to a number, the first first; what a person reads is `content`."""
        return [each for each in self._all() if each["phone_number"] == _on_the_wire(phone_number)]

    def wait_for(self, phone_number: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Give the first message to a number, as soon as it is there."""
        return self.wait_for_all(phone_number, 1, seconds)[0]

    def wait_for_all(self, phone_number: str, count: int, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """Give the messages to a number, as soon as there are so many."""
        until = time.monotonic() + seconds
        while len(arrived := self.inbox(phone_number)) < count:
            if time.monotonic() > until:
                pytest.fail(self._not_arrived(phone_number, count - len(arrived), seconds), pytrace=False)
            time.sleep(0.05)
        return arrived

    def next_send_times_out(self, *, arrives: bool = True) -> None:
        """Let the provider not answer the next send; the message arrives all the same, or does not."""
        self.next_send("hang" if arrives else "hang_before")

    def next_send_is_refused(self, code: str) -> None:
        """Let the provider refuse the next send with a code of docs/codes.md."""
        self.next_send("answer", code=code)

    def next_send_is_throttled(self) -> None:
        """Let the provider say that the number has had its one message of this minute."""
        self.next_send("answer", code="isv.BUSINESS_LIMIT_CONTROL", message="触发分钟级流控Permits:1")

    def next_send(self, fault: str, **fields: object) -> None:
        """Let the next send fail in a way of docs/local-cloud.md; called again, the one after it."""
        plan = self._call("GET", "faults")["plan"]
        self._call("PUT", "faults", {"plan": [*plan, {"fault": fault, "only_sends": True, **fields}]})

    def next_sends_succeed(self) -> None:
        """Let nothing fail any more."""
        self._call("PUT", "faults", {})
        self._call("DELETE", "options")

    def clear(self) -> None:
        """Forget what has arrived. The provider does not: without its records, what timed out would be sent again."""
        self._earlier = {each["biz_id"] for each in self._call("GET", "messages")["messages"]}
        self._earlier |= {each["nonce"] for each in self._call("GET", "requests")["requests"]}

    def answers(self) -> bool:
        """Tell whether simulator and emulator run."""
        try:
            self._call("GET", "health")
            _http.open(f"{self.outputs['emulator_url']}/_ministack/ready", timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    def _all(self) -> list[dict[str, Any]]:
        return [each for each in self._call("GET", "messages")["messages"] if each["biz_id"] not in self._earlier]

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        url = f"{self.outputs['simulator_url']}/_simulator/{path}"
        try:
            with _http.open(Request(url, content, method=method), timeout=PATIENCE) as answer:  # noqa: S310 - http, always
                return json.loads(answer.read() or b"null")
        except HTTPError as refused:
            raise ValueError(refused.read().decode()) from None

    def _not_arrived(self, phone_number: str, missing: int, seconds: float) -> str:
        others = [f"{_masked(each['phone_number'])} {each['template_code']}" for each in self._all()]
        every = self._call("GET", "requests")["requests"]
        requests = [each for each in every if each["nonce"] not in self._earlier]
        asked = [f"{each['action']} {each['code'] or each['fault']}" for each in requests]
        return (
            f"{missing} message(s) to {_masked(phone_number)} did not arrive within {seconds} s\n"
            f"arrived since the test began: {', '.join(others[-LAST:]) or 'nothing'}\n"
            f"answers of the provider: {', '.join(asked[-LAST:]) or 'it was not asked'}\n"
            "a key that an earlier test or run has used sends nothing: the ledger outlives both"
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(OPTION, metavar="FOLDER", help=f"the checkout of aliyun-sms; default: the variable {VARIABLE}")


@pytest.fixture
def sms(aliyun_sms_stack: Sms) -> Iterator[Sms]:
    """The local cloud with an empty inbox; what a test has left in it can be looked at."""
    aliyun_sms_stack.next_sends_succeed()
    aliyun_sms_stack.clear()
    yield aliyun_sms_stack
    aliyun_sms_stack.next_sends_succeed()


@pytest.fixture(scope="session")
def aliyun_sms_stack(pytestconfig: pytest.Config) -> Iterator[Sms]:
    """The local cloud, the one that runs or one for this session."""
    checkout = _checkout(pytestconfig.getoption(OPTION) or os.environ.get(VARIABLE))
    if running := _running(checkout):
        yield running
        return
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line(f"starting the local cloud of {checkout}; the first time that takes some minutes")
    _make(checkout, "up")
    try:
        yield _running(checkout) or pytest.fail("the local cloud has no simulator: SMS_ENDPOINT is set", pytrace=False)
    finally:
        _make(checkout, "down")


def _checkout(folder: str | None) -> Path:
    if not folder:
        pytest.fail(
            f"where is the checkout of aliyun-sms? Say it by {OPTION} or the variable {VARIABLE}", pytrace=False
        )
    checkout = Path(folder).expanduser().resolve()
    if not (checkout / "Makefile").is_file() or not (checkout / "template.yaml").is_file():
        pytest.fail(f"{checkout} is no checkout of aliyun-sms: see {OPTION} and the variable {VARIABLE}", pytrace=False)
    return checkout


def _running(checkout: Path) -> Sms | None:
    """The cloud that runs, if one does; LOCAL_DIR says which, as it does to make."""
    outputs = checkout / (os.environ.get("LOCAL_DIR") or ".local") / "outputs.json"
    if not outputs.is_file():
        return None
    sms = Sms(json.loads(outputs.read_text("utf-8")))
    return sms if sms.outputs["simulator_url"] and sms.answers() else None


def _make(checkout: Path, verb: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment["PARAMETERS"] = environment.get("PARAMETERS") or PARAMETERS
    try:
        made = subprocess.run(  # noqa: S603 - a fixed program
            ["make", "--no-print-directory", verb],  # noqa: S607 - make of the machine
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.fail("the local cloud needs make, which is not on this machine", pytrace=False)
    if made.returncode:
        pytest.fail(f"`make {verb}` failed in {checkout}:\n{made.stdout}", pytrace=False)


def _on_the_wire(phone_number: str) -> str:
    """A number as the provider gets it: digits alone, one in the mainland without its country code."""
    return re.sub(r"^(?:00)?86(?=1\d{10}$)", "", re.sub(r"\D", "", phone_number))


def _masked(phone_number: str) -> str:
    """138****8000, as the logs of aliyun-sms have it."""
    return re.sub(r"^(\+?\d{3})\d+(\d{4})$", r"\1****\2", phone_number)
