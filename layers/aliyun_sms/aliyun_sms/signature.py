"""Alibaba Cloud's request signatures, as pure functions in the specifications' words and order.

Version 1 (RPC, HMAC-SHA1): help.aliyun.com document 145075.
Version 3 (ACS3-HMAC-SHA256): help.aliyun.com document 2593177.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACS3 = "ACS3-HMAC-SHA256"


def percent_encode(text: str) -> str:
    """UTF-8 bytes, each as %XX but for letters, digits and - _ . ~ (RFC 3986's unreserved)."""
    return quote(text, safe="")


def canonical_query(params: Mapping[str, str]) -> str:
    """Parameters sorted by name, encoded and joined; an empty value keeps its equals sign."""
    return "&".join(f"{percent_encode(name)}={percent_encode(params[name])}" for name in sorted(params))


def rpc_string_to_sign(method: str, params: Mapping[str, str]) -> str:
    """METHOD&%2F& and the canonical query, encoded once more."""
    return f"{method}&%2F&{percent_encode(canonical_query(params))}"


def rpc_signature(method: str, params: Mapping[str, str], access_key_secret: str) -> str:
    """Signature V1 in Base64, of everything in `params`, which holds all parameters but Signature."""
    key = f"{access_key_secret}&".encode()
    return b64encode(hmac.digest(key, rpc_string_to_sign(method, params).encode(), "sha1")).decode()


def acs3_signed_headers(headers: Iterable[str]) -> str:
    """The names of the headers that are signed: lower case, sorted, joined by semicolons."""
    return ";".join(sorted(name.lower() for name in headers))


def acs3_canonical_request(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> str:
    """Six parts, a line each; the header block ends with a line break of its own."""
    values = {name.lower(): value.strip() for name, value in headers.items()}
    canonical_headers = "".join(f"{name}:{values[name]}\n" for name in sorted(values))
    hashed_payload = sha256(body).hexdigest()
    parts = (method, quote(path), canonical_query(query), canonical_headers, acs3_signed_headers(values))
    return "\n".join((*parts, hashed_payload))


def acs3_string_to_sign(canonical_request: str) -> str:
    """The algorithm's name and the hashed canonical request."""
    return f"{ACS3}\n{sha256(canonical_request.encode()).hexdigest()}"


def acs3_authorization(  # noqa: PLR0913, PLR0917 - the parts of an HTTP request and a key: the published signature
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    access_key_id: str,
    access_key_secret: str,
) -> str:
    """Signature V3 as the value of the Authorization header; signs exactly the given headers."""
    string_to_sign = acs3_string_to_sign(acs3_canonical_request(method, path, query, headers, body))
    signature = hmac.digest(access_key_secret.encode(), string_to_sign.encode(), "sha256").hex()
    return f"{ACS3} Credential={access_key_id},SignedHeaders={acs3_signed_headers(headers)},Signature={signature}"
