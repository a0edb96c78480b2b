"""Request door: sends the message of an HTTP request and answers with its result."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aliyun_sms.document import read_document
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.ledger import Standing
from aliyun_sms.observability import defect, publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_sender, now
from aliyun_sms.table import TableUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.rows import MessageRow

Answer = dict[str, Any]  # as API Gateway takes it

SECONDS_TO_ANSWER = 1.5  # kept back from the provider's call, so that the caller hears what became of it

OPEN_SCOPES = {"queue", "schedule"}  # of messages that no caller of the API sent: whoever may call may ask for them

sender = build_sender(read_settings())

_STATUS = {
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "transient": HTTPStatus.SERVICE_UNAVAILABLE,
    "configuration": HTTPStatus.BAD_GATEWAY,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
}


@publishes_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Answer an HTTP API event, payload format 2.0; see docs/api.md for routes and statuses."""
    try:
        return _routed(event, context)
    except Exception as error:  # noqa: BLE001 - a defect of ours, and the caller must hear of it
        defect(error)
        detail = "The outcome is unknown: look the number up in the console's send records before sending again."
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _routed(event: dict[str, Any], context: LambdaContext) -> Answer:
    """By the route that API Gateway chose. Powertools' resolver would cost a cold start 35 ms, for three routes."""
    match event["routeKey"]:
        case "POST /v1/messages":
            return _send(event, context)
        case "GET /v1/messages/{message_id}":
            return _show(event["pathParameters"]["message_id"], _caller(event))
        case "GET /v1/health":  # the function started, so its settings are right; the provider is not asked
            return _response(HTTPStatus.OK, {"status": "ok"})
        case _:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such route; messages are posted to /v1/messages.")


def _send(event: dict[str, Any], context: LambdaContext) -> Answer:
    origin = Origin("request", _caller(event), event["requestContext"]["requestId"])
    try:
        document = _with_header_key(read_document(_body(event), "body"), event["headers"])
    except InvalidMessage as invalid:
        return _answer(sender.refuse(invalid, origin))
    return _answer(sender.send(document, origin, context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER))


def _show(message_id: str, caller: str) -> Answer:
    """What became of a message."""
    try:
        row = _row(message_id, caller)
    except TableUnavailable:
        detail = "The ledger did not answer; ask again."
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "1"})
    if row is None:
        return _problem(HTTPStatus.NOT_FOUND, "There is no such message.")
    result = Standing(row, same=True).result(int(now().timestamp()))
    return _response(HTTPStatus.OK, replace(result, duplicate=False).document())


def _body(event: dict[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return b64decode(body, validate=True).decode()
    except ValueError:
        raise InvalidMessage([Fault("body", "is not UTF-8 text in Base64, as its encoding claims")]) from None


def _with_header_key(document: object, headers: Mapping[str, str]) -> object:
    """The header Idempotency-Key wins over the field. API Gateway writes the names of headers in lower case."""
    key = headers.get("idempotency-key")
    return {**document, "idempotency_key": key} if key is not None and isinstance(document, dict) else document


def _caller(event: dict[str, Any]) -> str:
    """The IAM principal's unique id, without the session's name that follows it; or a token's subject.

    Each with a word before it, so that no caller's name is that of a door or of another kind of caller.
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    user_id = (authorizer.get("iam") or {}).get("userId")
    subject = ((authorizer.get("jwt") or {}).get("claims") or {}).get("sub")
    return f"iam:{str(user_id).partition(':')[0]}" if user_id else f"jwt:{subject or ''}"


def _row(message_id: str, caller: str) -> MessageRow | None:
    """The message, unless it is another caller's."""
    row = sender.ledger.message(message_id) if re.fullmatch("[0-9a-f]{32}", message_id) else None
    return row if row and row.scope in OPEN_SCOPES | {caller} else None


def _answer(result: Result) -> Answer:
    status = _http_status(result)
    if status == HTTPStatus.ACCEPTED and sender.ledger.keeps:
        return _response(status, result.document(), headers={"Location": f"/v1/messages/{result.message_id}"})
    if status < HTTPStatus.BAD_REQUEST:
        return _response(status, result.document())
    return _problem(
        status,
        result.description or result.code or "A message with this key is being sent; ask for it by its message_id.",
        {
            "errors": [{"field": fault.field, "reason": fault.reason} for fault in result.faults],
            "result": result.document(),
        },
        {"Retry-After": str(result.retry_after(now()))} if result.retry_at else {},
    )


def _http_status(result: Result) -> HTTPStatus:
    if result.status == "accepted":
        return HTTPStatus.OK
    if result.status in {"unknown", "queued"}:
        return HTTPStatus.ACCEPTED
    if result.status == "sending":
        return HTTPStatus.CONFLICT
    return HTTPStatus.BAD_REQUEST if result.faults else _STATUS[result.category or "invalid"]


def _problem(
    status: HTTPStatus, detail: str, members: dict[str, object] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """RFC 9457; its type is about:blank, so the title is the status's phrase."""
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return _response(status, {**problem, **(members or {})}, "application/problem+json", headers)


def _response(
    status: HTTPStatus,
    document: dict[str, Any],
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Answer:
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": content_type, **(headers or {})},
        "body": json.dumps(document, ensure_ascii=False),
    }
