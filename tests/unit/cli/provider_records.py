"""What the provider has sent, as the function tells that asks it, and whose it is, as the ledger has it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeSerializer

NUMBER = "13800138000"
OUTPUTS = {"MessagesTable": "messages", "AskProviderFunctionArn": "f"}
SEND = {
    "out_id": "s1",
    "template_code": "SMS_1",
    "send_status": 3,
    "err_code": "DELIVERED",
    "send_date": "2026-11-30 10:00:00",
    "receive_date": "2026-11-30 10:00:04",
}
OK = {"code": "OK", "advice": None, "fault": None, "detail": None}


@dataclass
class Aws:
    """The function that asks the provider, and the ledger."""

    answer: dict[str, Any] = field(default_factory=lambda: {**OK, "sends": [SEND]})
    to: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # sends to numbers, where they are not the usual
    fails: bool = False
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, Payload: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.asked.append(json.loads(Payload))
        if self.fails:
            told = {"errorType": "Runtime.ExitError", "errorMessage": f"about {NUMBER}"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(told).encode())}
        sends = {"sends": self.to[number]} if (number := self.asked[-1]["phone_number"]) in self.to else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer | sends).encode())}

    def get_item(self, *, Key: dict[str, dict[str, str]], **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        row = self.rows.get(Key["pk"]["S"])
        return {"Item": TypeSerializer().serialize(row)["M"]} if row else {}
