"""The alert door of a stack on paper: it takes events, and tells of each once."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:alerts"


@dataclass
class AlertDoor:
    """Lambda with this one function."""

    error: str | None = None  # the type of what it raises
    denied: bool = False
    taken: list[Any] = field(default_factory=list)

    def invoke(self, **asked: Any) -> dict[str, Any]:
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke")
        assert asked["FunctionName"] == FUNCTION
        if self.error:
            told = json.dumps({"errorType": self.error, "errorMessage": "call 13800138000"})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(told.encode())}
        self.taken.append(json.loads(asked["Payload"]))
        return {"Payload": io.BytesIO(b'{"alerts": 1}')}
