"""Request door: sends the message of an HTTP request and answers with its result."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aliyun_sms.errors import Fault, InvalidMessage, NotAllowed
from aliyun_sms.ledger.claim import Duplicate
from aliyun_sms.ledger.table import TableUnavailable
from aliyun_sms.message.document import read_document
from aliyun_sms.message.fields import read_name
from aliyun_sms.message.incoming import Origin, message_id
from aliyun_sms.observability import defect, publishes_metrics
from aliyun_sms.policy.principals import names_of
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_sender, now

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.ledger.message_row import MessageRow
    from aliyun_sms.result import Result

Response = dict[str, Any]  # as API Gateway takes it

SECONDS_TO_ANSWER = 1.5  # kept back from the provider's call, so that the caller hears what became of it

# Doors whose messages no caller of the API sent: IAM grants their routes by themselves.
DOORS_OF_AWS = {"queue", "schedule", "alert"}

sender = build_sender(read_settings())

STATUSES = {
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "transient": HTTPStatus.SERVICE_UNAVAILABLE,
    "configuration": HTTPStatus.BAD_GATEWAY,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
}

COMES_AGAIN = {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@publishes_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Answer an HTTP API event, payload format 2.0; see docs/api.md for routes and statuses."""
    try:
        return route(event, context)
    except Exception as error:  # noqa: BLE001 - a defect of ours, and the caller must hear of it
        defect(error)
        detail = "The outcome is unknown: look the number up in the console's send records before sending again."
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def route(event: dict[str, Any], context: LambdaContext) -> Response:
    """By the route that API Gateway chose. Powertools' resolver would cost a cold start 35 ms, for six routes."""
    caller = caller_of(event)
    if caller is None:  # the template lets none through; a route that somebody opens must not send
        return problem(HTTPStatus.FORBIDDEN, "The request names no caller: its route has no authorizer.")
    match event["routeKey"]:
        case "POST /v1/messages":
            return send(event, caller, context)
        case "GET /v1/messages" | "GET /v1/messages/{message_id}":
            return show(event, caller)
        case "GET /v1/doors/{door}/messages" | "GET /v1/doors/{door}/messages/{message_id}":
            return show(event, event["pathParameters"]["door"], DOORS_OF_AWS)
        case "GET /v1/health":  # the function started, so its settings are right; the provider is not asked
            return respond(HTTPStatus.OK, {"status": "ok"})
        case _:
            return problem(HTTPStatus.NOT_FOUND, "There is no such route; messages are posted to /v1/messages.")


def send(event: dict[str, Any], caller: str, context: LambdaContext) -> Response:
    """Send the message of the body; what is none is answered by the core, too."""
    names = names_of(caller, arn_of(event))
    origin = Origin("request", caller, event["requestContext"]["requestId"], names=names)
    try:
        document = with_header_key(read_document(body_of(event), "body"), event["headers"])
    except InvalidMessage as invalid:
        document = invalid
    return answer(sender.send(document, origin, context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER))


def show(event: dict[str, Any], scope: str, scopes: Collection[str] | None = None) -> Response:
    """What became of a message of a scope: the one with the id in the path, or with the key in the header.

    A message of another scope is not there, nor is a scope that is none of `scopes`.
    """
    name = (event.get("pathParameters") or {}).get("message_id")
    if name is None:
        try:
            name = message_id(scope, key_of(event["headers"]))
        except InvalidMessage as invalid:
            return problem(HTTPStatus.BAD_REQUEST, "The request names no message.", {"errors": errors(invalid.faults)})
    try:
        row = row_of(name, scope) if scopes is None or scope in scopes else None
    except TableUnavailable:
        detail = "The ledger did not answer; ask again."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "1"})
    if row is None:
        return problem(HTTPStatus.NOT_FOUND, "There is no such message.")
    result = Duplicate(row, same_payload=True).result(int(now().timestamp()))
    return respond(HTTPStatus.OK, replace(sender.told(result), duplicate=False).document())


def body_of(event: dict[str, Any]) -> str:
    """The body as text; raises InvalidMessage where its Base64 does not hold any."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return b64decode(body, validate=True).decode()
    except ValueError:
        raise InvalidMessage([Fault("body", "is not UTF-8 text in Base64, as its encoding claims")]) from None


def key_of(headers: Mapping[str, str]) -> str:
    """The key that a request asks by; raises InvalidMessage where its header is missing or can be no key."""
    key = headers.get("idempotency-key")
    if not key:
        raise InvalidMessage([Fault("Idempotency-Key", "the header is missing")])
    return read_name("Idempotency-Key", key)


def with_header_key(document: object, headers: Mapping[str, str]) -> object:
    """The header Idempotency-Key wins over the field. API Gateway writes the names of headers in lower case."""
    key = headers.get("idempotency-key")
    return {**document, "idempotency_key": key} if key is not None and isinstance(document, dict) else document


def caller_of(event: dict[str, Any]) -> str | None:
    """The IAM principal's unique id, without the session's name that follows it; or a token's subject; or nobody.

    Each with a word before it, so that no caller's name is that of a door or of another kind of caller.
    """
    user_id = authorized(event, "iam").get("userId")
    subject = (authorized(event, "jwt").get("claims") or {}).get("sub")
    if user_id:
        return f"iam:{str(user_id).partition(':')[0]}"
    return f"jwt:{subject}" if subject else None


def arn_of(event: dict[str, Any]) -> str | None:
    """The ARN of the IAM principal, a session's with its name; a caller with a token has none."""
    arn: str | None = authorized(event, "iam").get("userArn")
    return arn


def authorized(event: dict[str, Any], by: str) -> dict[str, Any]:
    """What an authorizer found out of the caller; empty where another one was asked, or none."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    return authorizer.get(by) or {}


def row_of(name: str, scope: str) -> MessageRow | None:
    """The message of that id, if it is of the scope."""
    row = sender.ledger.message(name) if re.fullmatch("[0-9a-f]{32}", name) else None
    return row if row and row.scope == scope else None


def answer(result: Result) -> Response:
    """The HTTP answer that tells a caller of a result."""
    result, status = sender.told(result), http_status(result)
    if status == HTTPStatus.ACCEPTED and sender.ledger.keeps:
        return respond(status, result.document(), headers={"Location": f"/v1/messages/{result.message_id}"})
    if status < HTTPStatus.BAD_REQUEST:
        return respond(status, result.document())
    if status == HTTPStatus.BAD_REQUEST:
        result = replace(result, description=counted(result))  # they stand in errors, once
    return problem(
        status,
        result.description or result.code or "A message with this key is being sent; ask for it by its message_id.",
        {
            "errors": errors(result.faults),
            "result": result.document(),
        },
        {"Retry-After": str(result.retry_after(now()))} if status in COMES_AGAIN else {},
    )


def errors(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as an answer names them."""
    return [{"field": fault.field, "reason": fault.reason} for fault in faults]


def counted(result: Result) -> str:
    """How many faults a message has that is none, and where they are named."""
    faults = f"The message has {result.fault_count} fault{'s' if result.fault_count > 1 else ''}"
    if result.fault_count > len(result.faults):
        return f"{faults}, of which errors names the first {len(result.faults)}."
    return f"{faults}, which errors names."


def http_status(result: Result) -> HTTPStatus:
    """The status that a result is answered with: docs/api.md lists them."""
    if result.status == "accepted":
        return HTTPStatus.OK
    if result.status in {"unknown", "queued"}:
        return HTTPStatus.ACCEPTED
    if result.status == "sending":
        return HTTPStatus.CONFLICT
    if result.code == NotAllowed.code:
        return HTTPStatus.FORBIDDEN
    if result.faults:
        return HTTPStatus.BAD_REQUEST
    return STATUSES["invalid" if result.of_caller else result.category or "invalid"]


def problem(
    status: HTTPStatus, detail: str, members: dict[str, object] | None = None, headers: dict[str, str] | None = None
) -> Response:
    """RFC 9457; its type is about:blank, so the title is the status's phrase."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return respond(status, {**document, **(members or {})}, "application/problem+json", headers)


def respond(
    status: HTTPStatus,
    document: dict[str, Any],
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response:
    """A response of API Gateway's payload format 2.0, with a JSON document as its body."""
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": f"{content_type}; charset=utf-8", **(headers or {})},
        "body": json.dumps(document, ensure_ascii=False),
    }
