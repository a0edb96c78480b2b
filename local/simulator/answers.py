"""The provider's answers and their two forms of error: the gateway's by status, the business's in a 200."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import Response

if TYPE_CHECKING:
    from local.simulator.call import Call

RECOMMEND = "https://error-center.aliyun.com/status/search?Keyword={code}&source=PopGw"


class GatewayError(Exception):
    """The gateway refused: the call never reached the product."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


class BusinessError(Exception):
    """The product refused; the HTTP status is 200 all the same."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, and members that become JSON or XML under the root's name."""

    root: str
    members: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The provider's code."""
        return str(self.members["Code"])

    def response(self, call: Call) -> Response:
        """Write it in the form that the call asked for."""
        if call.response_format == "XML":
            text = f'<?xml version="1.0" encoding="UTF-8"?>{_xml(self.root, self.members)}'
            return Response(text, self.status, self.headers, "text/xml;charset=utf-8")
        text = json.dumps(self.members, ensure_ascii=False)
        return Response(text, self.status, self.headers, "application/json;charset=utf-8")


def new_request_id() -> str:
    """Make an id for one answer."""
    return str(uuid4()).upper()


def succeeded(call: Call, request_id: str, **members: Any) -> Answer:
    """Answer OK."""
    return Answer(f"{call.action}Response", {"Message": "OK", "RequestId": request_id, "Code": "OK", **members})


def business_refusal(call: Call, request_id: str, error: BusinessError) -> Answer:
    """Answer with an error of the product: three members and a 200."""
    members = {"Message": error.message, "RequestId": request_id, "Code": error.code}
    return Answer(f"{call.action}Response", members)


def gateway_refusal(call: Call, request_id: str, error: GatewayError) -> Answer:
    """Answer with an error of the gateway; the XML form has no Recommend."""
    members = {"RequestId": request_id, "HostId": call.host, "Code": error.code, "Message": error.message}
    if call.response_format != "XML":
        members["Recommend"] = RECOMMEND.format(code=error.code)
    return Answer("Error", members, error.status)


def _xml(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_xml(name, item) for item in value)
    if isinstance(value, dict):
        content = "".join(_xml(member, held) for member, held in value.items())
    else:
        content = html.escape(str(value), quote=False)
    return f"<{name}>{content}</{name}>"
