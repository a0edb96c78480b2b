"""The simulator's own signing, held to the vectors that the official SDKs made and to what they really sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request

from local.simulator import registry, signature
from local.simulator.answers import GatewayError
from local.simulator.call import Call, unpack
from local.simulator.gateway import admit
from local.simulator.options import AccessKey, Options
from local.simulator.state import State

VECTORS = Path(__file__).parents[2] / "vectors"
RPC = json.loads((VECTORS / "vectors_v1.json").read_text(encoding="utf-8"))
ACS3 = json.loads((VECTORS / "vectors_v3.json").read_text(encoding="utf-8"))
CAPTURES = sorted((VECTORS / "captures").glob("*.json"))

rpc_vectors = pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["id"]) for vector in RPC])
acs3_vectors = pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["id"]) for vector in ACS3])
captures = pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CAPTURES])


@rpc_vectors
def test_rpc_string_to_sign(vector: dict[str, Any]) -> None:
    assert signature.rpc_string_to_sign(vector["method"], vector["params"]) == vector["string_to_sign"]


@rpc_vectors
def test_rpc_signature(vector: dict[str, Any]) -> None:
    computed = signature.rpc_signature(vector["string_to_sign"], vector["access_key_secret"])

    assert computed == vector["expected_signature"]


def signed_headers(vector: dict[str, Any]) -> dict[str, str]:
    names = vector["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    return {name: vector["headers"][name] for name in names}


@acs3_vectors
def test_acs3_canonical_request(vector: dict[str, Any]) -> None:
    payload_hash = signature.hashed_payload(vector["body"].encode())
    query = list(vector["query"].items())

    request = signature.acs3_canonical_request(
        vector["method"], vector["path"], query, signed_headers(vector), payload_hash
    )

    assert request == vector["canonical_request"]


@acs3_vectors
def test_acs3_string_to_sign(vector: dict[str, Any]) -> None:
    assert signature.acs3_string_to_sign(vector["canonical_request"]) == vector["string_to_sign"]


@acs3_vectors
def test_acs3_signature(vector: dict[str, Any]) -> None:
    computed = signature.acs3_signature(vector["string_to_sign"], vector["access_key_secret"])

    assert vector["Authorization"].endswith(f"Signature={computed}")


def call_of(capture: dict[str, Any]) -> Call:
    """Unpack a captured request as the server would: the coroutine never waits, so it needs no event loop."""
    target = urlsplit(capture["target"])
    scope = {
        "type": "http",
        "method": capture["method"],
        "path": target.path,
        "query_string": target.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in capture["headers"]],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": capture["body"].encode(), "more_body": False}

    with pytest.raises(StopIteration) as finished:
        unpack(Request(scope, receive)).send(None)
    call = finished.value.value
    assert isinstance(call, Call)
    return call


def gateway_at(call: Call) -> State:
    """Give a gateway whose clock shows the time of a call, and which knows its key."""
    sent_at = datetime.strptime(call.common("Timestamp", "x-acs-date"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    key = AccessKey("testAkId", "testAkSecret", call.security_token)
    return State(Options(access_keys=(key,)), registry.load(), clock=lambda: sent_at + timedelta(seconds=1))


def test_every_capture_is_there() -> None:
    assert len(CAPTURES) == 18


@captures
def test_what_an_official_sdk_sent_is_admitted(path: Path) -> None:
    call = call_of(json.loads(path.read_text(encoding="utf-8")))

    admit(gateway_at(call), call)


@captures
def test_what_an_official_sdk_sent_is_refused_with_another_number(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    last = written.rindex("1390000")
    call = call_of(json.loads(f"{written[:last]}1390001{written[last + 7 :]}"))

    with pytest.raises(GatewayError) as refused:
        admit(gateway_at(call), call)

    assert refused.value.code == "SignatureDoesNotMatch"
