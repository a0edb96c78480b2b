"""Request door: sends the message of an HTTP request and answers with its result."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from aliyun_sms import observability
from aliyun_sms.document import read_document
from aliyun_sms.errors import Fault, InvalidMessage
from aliyun_sms.ledger import Standing
from aliyun_sms.observability import publishes_metrics
from aliyun_sms.result import Origin, Result
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_sender, now
from aliyun_sms.table import TableUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.exceptions import NotFoundError
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.rows import MessageRow

SECONDS_TO_ANSWER = 1.5  # kept back from the provider's call, so that the caller hears what became of it

OPEN_SCOPES = {"queue", "schedule"}  # of messages that no caller of the API sent: whoever may call may ask for them

sender = build_sender(read_settings())
resolver = APIGatewayHttpResolver()

_STATUS = {
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "transient": HTTPStatus.SERVICE_UNAVAILABLE,
    "configuration": HTTPStatus.BAD_GATEWAY,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
}


@publishes_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an HTTP API event, payload format 2.0; see the README for routes and statuses."""
    return resolver.resolve(event, context)


@resolver.post("/v1/messages")
def send() -> Response[str]:
    """Send one message."""
    event, context = resolver.current_event, resolver.lambda_context
    origin = Origin("request", _caller(event.raw_event), event.request_context.request_id)
    try:
        document = _with_header_key(read_document(_body(event.raw_event), "body"), event.headers)
    except InvalidMessage as invalid:
        return _answer(sender.refuse(invalid, origin))
    return _answer(sender.send(document, origin, context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER))


@resolver.get("/v1/messages/<message_id>")
def show(message_id: str) -> Response[str]:
    """Tell what became of a message."""
    try:
        row = _row(message_id, _caller(resolver.current_event.raw_event))
    except TableUnavailable:
        detail = "The ledger did not answer; ask again."
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "1"})
    if row is None:
        return _problem(HTTPStatus.NOT_FOUND, "There is no such message.")
    result = Standing(row, same=True).result(int(now().timestamp()))
    return _response(HTTPStatus.OK, replace(result, duplicate=False).document())


@resolver.get("/v1/health")
def health() -> Response[str]:
    """Say that the function started: its settings are right. The provider is not asked."""
    return _response(HTTPStatus.OK, {"status": "ok"})


@resolver.not_found
def not_found(_: NotFoundError) -> Response[str]:
    """Answer a route that there is not."""
    return _problem(HTTPStatus.NOT_FOUND, "There is no such route; messages are posted to /v1/messages.")


@resolver.exception_handler(Exception)  # type: ignore[untyped-decorator]  # Powertools gives it no type
def failed(error: Exception) -> Response[str]:
    """Answer a defect of ours."""
    observability.defect(error)
    detail = "The outcome is unknown: look the number up in the console's send records before sending again."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _body(event: dict[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return b64decode(body, validate=True).decode()
    except ValueError:
        raise InvalidMessage([Fault("body", "is not UTF-8 text in Base64, as its encoding claims")]) from None


def _with_header_key(document: object, headers: dict[str, str]) -> object:
    """The header Idempotency-Key wins over the field."""
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


def _answer(result: Result) -> Response[str]:
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
) -> Response[str]:
    """RFC 9457; its type is about:blank, so the title is the status's phrase."""
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return _response(status, {**problem, **(members or {})}, "application/problem+json", headers)


def _response(
    status: HTTPStatus,
    document: dict[str, Any],
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response[str]:
    body = json.dumps(document, ensure_ascii=False)
    return Response(status.value, content_type, body, headers=dict(headers or {}))
