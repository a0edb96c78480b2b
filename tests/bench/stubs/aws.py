"""DynamoDB, Secrets Manager and SQS, as far as the functions use them: python -m tests.bench.stubs.aws."""

from __future__ import annotations

import json
import re
from hashlib import md5
from typing import TYPE_CHECKING, Any

from tests.bench.stubs.dynamodb import Refused, Tables
from tests.bench.stubs.http import Listener, Stub, run

if TYPE_CHECKING:
    from collections import Counter

LISTENERS = [Listener("http", secure=False), Listener("https", secure=True)]
SECRET = {"access_key_id": "testId", "access_key_secret": "testSecret"}
_TARGET = re.compile(rb"\r\nx-amz-target: *([A-Za-z]+)[A-Za-z0-9_]*\.([A-Za-z]+)", re.IGNORECASE)


class Aws:
    """Answers by the service and the operation that a request names; counts operations and rows written."""

    def __init__(self) -> None:
        self._tables = Tables()
        self.forget = self._tables.items.clear

    def answer(self, head: bytes, body: bytes, counts: Counter[str]) -> tuple[int, bytes]:
        found = _TARGET.search(head)
        service, operation = (found[1].decode(), found[2].decode()) if found else ("", "")
        counts[f"{service}.{operation}"] += 1
        try:
            return 200, json.dumps(self._answer(service, operation, json.loads(body or b"{}"))).encode()
        except Refused as refused:
            return 400, json.dumps(refused.document()).encode()
        except (KeyError, ValueError) as error:  # not known here: said by name, since a benchmark must not guess
            problem = {"__type": "UnknownOperationException", "message": f"{service}.{operation}: {error!r}"}
            return 400, json.dumps(problem).encode()

    def _answer(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if service == "DynamoDB":
            return self._tables.answer(operation, request)
        return {"secretsmanager.GetSecretValue": _secret, "AmazonSQS.SendMessage": _message}[f"{service}.{operation}"](
            request
        )


def _secret(request: dict[str, Any]) -> dict[str, Any]:
    return {"ARN": request["SecretId"], "Name": request["SecretId"], "SecretString": json.dumps(SECRET)}


def _message(request: dict[str, Any]) -> dict[str, Any]:
    digest = md5(request["MessageBody"].encode()).hexdigest()  # noqa: S324 - what SQS answers
    return {"MessageId": digest, "MD5OfMessageBody": digest}


if __name__ == "__main__":
    aws = Aws()
    run(Stub("application/x-amz-json-1.0", aws.answer, aws.forget), LISTENERS)
