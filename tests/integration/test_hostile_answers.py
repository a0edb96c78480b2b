"""Answers that want too much of the function: each is an outcome, in little memory, and is written down."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from aliyun_sms import Credentials, SmsClient
from aliyun_sms.errors import OutcomeUnknown
from tests.integration.servers import Behaviour, Server, answers, hangs, sends
from tests.privacy import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.workbench.functions import TIMEOUTS, Context, sample

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import ModuleType


MEGABYTE = 2**20
SPACES = b" " * MEGABYTE
MOST_MEMORY = 16 * MEGABYTE
FLOOD = 64  # megabytes, after which a server gives up on a client that takes them all
FIELDS = {"Code": "OK", "Message": "OK", "RequestId": "R-1", "BizId": "B-1^0"}
REFUSED = {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "no", "RequestId": "R-1"}
UNREADABLE = "client:unreadable-answer"


def http(body: bytes, head: str = "") -> bytes:
    """An HTTP response with more in its head."""
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def floods(head: bytes, part: bytes) -> Behaviour:
    """Sends a head, and then a part of a megabyte again and again."""

    def flooding(server: Server, connection: socket.socket) -> None:
        for _ in range(FLOOD):
            connection.sendall(part)
        hangs(server, connection)

    return sends(head, flooding)


def small(text: str) -> bytes:
    """A little that becomes a lot."""
    return gzip.compress(text.encode() + SPACES * FLOOD)


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNK = f"{MEGABYTE:x}\r\n".encode() + SPACES + b"\r\n"
ENDLESS: dict[str, Behaviour] = {
    "of a gigabyte": floods(HEAD + f"Content-Length: {2**30}\r\n\r\n".encode(), SPACES),
    "without an end": floods(HEAD + b"\r\n", SPACES),
    "of endless chunks": floods(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
    "of one endless chunk": floods(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 15 + b"\r\n", SPACES),
    "that is announced again and again": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000),
    "that unfolds": sends(http(small(json.dumps(FIELDS)), "Content-Encoding: gzip\r\n")),
    "that unfolds twice": sends(http(gzip.compress(small(json.dumps(FIELDS))), "Content-Encoding: gzip, gzip\r\n")),
    "of many small values": sends(http(b'{"Code": "OK", "x": [' + b"{}," * 300_000 + b"{}]}" + SPACES)),
}


@pytest.mark.parametrize("behaviour", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_of_more_than_a_megabyte_is_unknown_and_not_kept_in_memory(
    start: Callable[[Behaviour], Server], behaviour: Behaviour
) -> None:
    client = make_client(start(behaviour))
    tracemalloc.start()
    try:
        assert outcome(client) == (OutcomeUnknown, UNREADABLE)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_an_answer_of_a_megabyte_is_read(start: Callable[[Behaviour], Server]) -> None:
    answer = json.dumps(FIELDS).encode()

    assert outcome(make_client(start(sends(http(answer + b" " * (MEGABYTE - 1000)))))) == "OK"
    assert outcome(make_client(start(sends(http(answer + b" " * MEGABYTE))))) == (OutcomeUnknown, UNREADABLE)


def test_no_encoding_is_asked_for_and_none_is_read(start: Callable[[Behaviour], Server]) -> None:
    answer = json.dumps(FIELDS).encode()
    plain = start(sends(http(answer, "Content-Encoding: identity\r\n")))
    packed = start(sends(http(gzip.compress(answer), "Content-Encoding: gzip\r\n")))

    assert outcome(make_client(plain)) == "OK"
    assert outcome(make_client(packed)) == (OutcomeUnknown, UNREADABLE)
    assert b"accept-encoding: identity\r\n" in plain.requests[0].lower()


def test_after_an_answer_that_was_not_read_to_its_end_another_connection_is_made(
    start: Callable[[Behaviour], Server],
) -> None:
    packed = http(gzip.compress(json.dumps(FIELDS).encode()), "Content-Encoding: gzip\r\n")
    server = start(sends(packed, answers))
    client = make_client(server)

    assert [outcome(client) for _ in range(2)] == [(OutcomeUnknown, UNREADABLE)] * 2
    assert len(server.connections) == 2


def make_client(server: Server) -> SmsClient:
    return SmsClient(Credentials("testId", "testSecret"), endpoint=server.url, read_timeout=5.0)


def outcome(client: SmsClient) -> Any:
    """The code of the answer to a send, or type and code of what it raises."""
    try:
        return client.send_sms(["13800138000"], "sign", "SMS_1").code
    except OutcomeUnknown as error:
        return type(error), error.code


LONG = "9" * 500_000
ODD = "a\ud800\x00\x1b\ufffe"
ODD_ANSWERS: dict[str, tuple[bytes, str]] = {  # and the code that the row has then
    "half a surrogate pair in the code": (json.dumps(REFUSED | {"Code": "a\ud800"}).encode(), "a?"),
    "control characters in the code": (json.dumps(REFUSED | {"Code": "Throttling.\x00\x1b"}).encode(), "Throttling.??"),
    "a code of spaces": (json.dumps(REFUSED | {"Code": "  "}).encode(), "  "),
    "a long code": (json.dumps(REFUSED | {"Code": "Throttling." + LONG}).encode(), f"Throttling.{LONG[:988]}…"),
    "a long receipt": (json.dumps(FIELDS | {"BizId": LONG}).encode(), UNREADABLE),
    "a long receipt of a refusal": (json.dumps(REFUSED | {"BizId": LONG}).encode(), UNREADABLE),
    "a long request id": (json.dumps(FIELDS | {"RequestId": LONG}).encode(), UNREADABLE),
    "odd ids": (json.dumps(FIELDS | {"BizId": ODD, "RequestId": ODD}).encode(), "OK"),
    "a long text": (json.dumps(REFUSED | {"Message": LONG}).encode(), REFUSED["Code"]),
    "an odd text": (json.dumps(REFUSED | {"Message": ODD}).encode(), REFUSED["Code"]),
    "a text of spaces": (json.dumps(REFUSED | {"Message": " " * 500_000 + "x"}).encode(), REFUSED["Code"]),
    "a list as its text": (b'{"Code": "OK", "Message": ' + b"[" * 500 + b"]" * 500 + b"}", "OK"),
    "lists without an end": (b'{"Code": "OK", "x": ' + b"[" * 500_000, UNREADABLE),
    "a number of many digits": (b'{"Code": "OK", "BizId": ' + b"9" * 500_000 + b"}", UNREADABLE),
    "no number": (b'{"Code": "OK", "BizId": NaN}', UNREADABLE),
    "two codes": (b'{"Code": "isv.MOBILE_NUMBER_ILLEGAL", "BizId": "1", "Code": "OK"}', UNREADABLE),
}


@pytest.mark.parametrize(("body", "code"), ODD_ANSWERS.values(), ids=ODD_ANSWERS)
@pytest.mark.parametrize(
    ("function", "event"), [("send_on_request", "request/one_number"), ("send_from_queue", "queue/one_message")]
)
@pytest.mark.usefixtures("dead_letter_queue", "messages_queue")
def test_an_odd_answer_is_an_outcome_that_the_ledger_has(
    start: Callable[[Behaviour], Server],
    load_function: Callable[..., ModuleType],
    messages_table: str,
    function: str,
    event: str,
    body: bytes,
    code: str,
) -> None:
    server = start(sends(http(body)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET}
    module = load_function(function, SMS_ENDPOINT=server.url, **keys)

    module.lambda_handler(sample(event), Context(TIMEOUTS[function]))

    rows = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]
    (message,) = [row for row in rows if "status" in row]
    expected = {"OK": "accepted", REFUSED["Code"]: "rejected"}.get(code, "unknown")
    assert (message["status"]["S"], message["result"]["M"]["code"]["S"]) == (expected, code)
    assert len(server.requests) == 1


@pytest.mark.usefixtures("dead_letter_queue")
def test_a_bomb_is_an_outcome_that_the_ledger_has_and_the_function_goes_on(
    start: Callable[[Behaviour], Server], load_function: Callable[..., ModuleType], messages_table: str
) -> None:
    server = start(ENDLESS["that unfolds"])
    module = load_function("send_on_request", SMS_ENDPOINT=server.url)

    answer = module.lambda_handler(sample("request/one_number"), Context(TIMEOUTS["send_on_request"]))

    rows = boto3.client("dynamodb").scan(TableName=messages_table)["Items"]
    assert answer["statusCode"] == 202
    assert [row["status"]["S"] for row in rows if "status" in row] == ["unknown"]


def test_a_page_of_more_rows_than_can_be_meant_is_not_read(start: Callable[[Behaviour], Server]) -> None:
    rows = {"SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"OutId": "x"}] * 1001}, "TotalCount": 1001}
    client = make_client(start(sends(http(json.dumps(FIELDS | rows).encode()))))

    with pytest.raises(OutcomeUnknown) as raised:
        client.query_send_details("13800138000", "20260102")

    assert raised.value.code == UNREADABLE
