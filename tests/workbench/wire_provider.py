"""What stands in for the provider on the wire, behind the real client."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import responses
    from requests import PreparedRequest


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
    key_ids: set[str] = field(default_factory=set)  # that it takes; any, where there is none
    query_refusal: str | None = None
    shows: bool = False  # whether its records hold what it was asked to send
    review: object = 1  # how far its signatures and templates are
    takes: Callable[[], None] | None = None  # what goes on before it answers

    def answers(self, code: str, message: str = "", status: int = 200, times: int = 1, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.plan += [Answer(code, message or code, status, named)] * times

    def breaks(self, error: BaseException, times: int = 1) -> None:
        self.plan += [error] * times

    def answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        """What `responses` calls for each request."""
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "")
        asked = dict(parse_qsl(body))
        if self.key_ids and asked["AccessKeyId"] not in self.key_ids:
            return 404, {}, json.dumps({"Code": "InvalidAccessKeyId.NotFound", "Message": "", "RequestId": "R-1"})
        if asked["Action"] == "QuerySendDetails":
            return 200, {}, json.dumps(self._details(asked))
        if asked["Action"].startswith("Get"):
            self.queries.append(asked)
            state = {"GetSmsSign": "SignStatus", "GetSmsTemplate": "TemplateStatus"}[asked["Action"]]
            return 200, {}, json.dumps({"Code": "OK", "Message": "OK", "RequestId": "R-1", state: self.review})
        self.requests.append(asked)
        if self.takes:
            self.takes()
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
        if self.query_refusal:
            return {"Code": self.query_refusal, "Message": self.query_refusal, "RequestId": "R-1"}
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
