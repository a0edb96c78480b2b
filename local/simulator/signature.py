"""Both signatures of the provider, from the specification: what the gateway calculates, to compare with what came.

Source: help.aliyun.com documents 145075 (version 1) and 2593177 (version 3).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACS3_ALGORITHM = "ACS3-HMAC-SHA256"


def percent_encode(text: str) -> str:
    """UTF-8, everything but letters, digits and - _ . ~ as %XX."""
    return quote(text, safe="~")


def canonicalized_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values encoded and joined, in the order of the names; an empty value keeps its `=`."""
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(pairs))


def rpc_string_to_sign(method: str, params: Mapping[str, str]) -> str:
    """Version 1: the method, the root path, and every parameter of query and form but Signature."""
    signed = [(name, value) for name, value in params.items() if name != "Signature"]
    return f"{method}&{percent_encode('/')}&{percent_encode(canonicalized_query(signed))}"


def rpc_signature(string_to_sign: str, access_key_secret: str) -> str:
    """Version 1: Base64 of HMAC-SHA1; the key is the secret and an ampersand."""
    key = f"{access_key_secret}&".encode()
    return base64.b64encode(hmac.new(key, string_to_sign.encode(), hashlib.sha1).digest()).decode()


def hashed_payload(body: bytes) -> str:
    """Version 3: the body's SHA-256, also when there is no body."""
    return hashlib.sha256(body).hexdigest()


def acs3_canonical_request(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    payload_hash: str,
) -> str:
    """Version 3: the request in one text; `headers` holds the signed ones alone, by lower-case name."""
    names = sorted(headers)
    canonical_headers = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    signed_headers = ";".join(names)
    return "\n".join([method, path, canonicalized_query(query), canonical_headers, signed_headers, payload_hash])


def acs3_string_to_sign(canonical_request: str) -> str:
    """Version 3: the algorithm's name and the canonical request's hash."""
    return f"{ACS3_ALGORITHM}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"


def acs3_signature(string_to_sign: str, access_key_secret: str) -> str:
    """Version 3: HMAC-SHA256 in lower-case hex; the key is the secret alone."""
    return hmac.new(access_key_secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
