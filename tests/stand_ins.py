"""What stands in for AWS and the provider around a function."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    import responses
    from requests import PreparedRequest

ROOT = Path(__file__).parents[1]
EVENTS = ROOT / "events"
REGION = "cn-north-1"
TIMEOUTS = {  # as in template.yaml
    "send_on_request": 25.0,
    "send_from_queue": 60.0,
    "send_on_schedule": 60.0,
    "settle_sends": 60.0,
}

ENVIRONMENT = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
    "SMS_MESSAGES_TABLE": "",
    "SMS_SIGN_NAME": "阿里云短信测试",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": REGION,
}


def sample(name: str) -> Any:
    """The event in a file of events/."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


class _Loader(SourceFileLoader):
    """Leaves no bytecode in a function's folder, all of which is deployed."""

    def set_data(self, *_: object, **__: object) -> None:
        pass


def load(function: str) -> ModuleType:
    """A function's code, run anew as in a new sandbox: all are modules called app."""
    path = ROOT / "functions" / function / "app.py"
    loader = _Loader(f"{function}_app", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@dataclass(slots=True)
class Context:
    """A Lambda context whose time goes by as `seconds` is lowered."""

    seconds: float
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(self.seconds * 1000))


class KilledError(BaseException):
    """What ends a function in the middle of a call; nothing of ours catches it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue of moto's."""

    sqs: Any
    url: str

    def put(self, body: str) -> str:
        """Put a message in and take it out; gives the receipt handle of it."""
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        (record,) = self._receive()
        return str(record["ReceiptHandle"])

    def letters(self) -> list[dict[str, Any]]:
        """Bodies and attributes of the messages that have come in since the last time, in no order."""
        found: list[dict[str, Any]] = []
        while more := self._receive():
            found += more
        return [{"body": letter["Body"], "attributes": _values(letter)} for letter in found]

    def delete(self) -> None:
        """From now on nothing can be put into it."""
        self.sqs.delete_queue(QueueUrl=self.url)

    def _receive(self) -> list[dict[str, Any]]:
        """Ten at most, which are then hidden."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
        )
        return answer.get("Messages", [])  # type: ignore[no-any-return]


def _values(letter: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in letter.get("MessageAttributes", {}).items()}


def recipients(request: Mapping[str, str]) -> list[str]:
    """Whom a SendSms or a SendBatchSms is to."""
    if "PhoneNumberJson" in request:
        return list(json.loads(request["PhoneNumberJson"]))
    return request["PhoneNumbers"].split(",")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says."""

    code: str
    message: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Provider:
    """The provider, who says OK unless told otherwise for the next requests: a code, or an error of the wire."""

    requests: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    plan: list[Answer | BaseException] = field(default_factory=list)
    refuses: dict[str, Answer] = field(default_factory=dict)  # calls that have one of these among their recipients
    shows: bool = False  # whether its records hold what it was asked to send
    context: Context | None = None  # whose time an answer takes
    seconds: float = 0.0

    def answers(self, code: str, message: str = "", status: int = 200, times: int = 1, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.plan += [Answer(code, message or code, status, named)] * times

    def breaks(self, error: BaseException, times: int = 1) -> None:
        self.plan += [error] * times

    def takes(self, seconds: float, context: Context) -> None:
        self.seconds, self.context = seconds, context

    def answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        """What `responses` calls for each request."""
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        asked = dict(parse_qsl(body))
        if asked["Action"] == "QuerySendDetails":
            return 200, {}, json.dumps(self._details(asked))
        self.requests.append(asked)
        if self.context:
            self.context.seconds -= self.seconds
        refused = (self.refuses[number] for number in recipients(asked) if number in self.refuses)
        planned = self.plan.pop(0) if self.plan else next(refused, Answer("OK", "OK"))
        if isinstance(planned, BaseException):
            raise planned
        fields = {"Code": planned.code, "Message": planned.message, "RequestId": "R-1"}
        if planned.code == "OK":
            fields["BizId"] = "B-1^0"
        return planned.status, planned.headers, json.dumps(fields)

    def _details(self, asked: dict[str, str]) -> dict[str, Any]:
        self.queries.append(asked)
        sent = [request for request in self.requests if self.shows and asked["PhoneNumber"] in recipients(request)]
        rows = [{"OutId": request["OutId"], "PhoneNum": asked["PhoneNumber"], "SendStatus": 1} for request in sent]
        listed = {"SmsSendDetailDTO": rows}
        return {"Code": "OK", "Message": "OK", "TotalCount": str(len(rows)), "SmsSendDetailDTOs": listed}

    def listen(self, wire: responses.RequestsMock) -> None:
        wire.add_callback("POST", "https://dysmsapi.aliyuncs.com/", self.answer)

    @property
    def recipients(self) -> list[list[str]]:
        """Whom each request was to, one by one."""
        return [recipients(request) for request in self.requests]

    @property
    def numbers(self) -> list[str]:
        """Whom each request was to."""
        return [request["PhoneNumbers"] for request in self.requests]
