"""Alibaba Cloud's request signatures, as pure functions in the specifications' words and order.

Version 1 (RPC, HMAC-SHA1): help.aliyun.com document 145075.
Version 3 (ACS3-HMAC-SHA256): help.aliyun.com document 2593177.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import sha256
from string import ascii_letters, digits
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACS3 = "ACS3-HMAC-SHA256"

_UNRESERVED = f"{ascii_letters}{digits}-_.~".encode()
_UNRESERVED_OR_PERCENT = _UNRESERVED + b"%"
_ENCODED = [chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)]
_IN_THREES = [bytes(place) for place in zip(*(each.rjust(3, "\0").encode("latin-1") for each in _ENCODED), strict=True)]
_SAMPLE = 50  # bytes: few of which there are many are then soon found


def percent_encode(text: str) -> str:
    """UTF-8 bytes, each as %XX but for letters, digits and - _ . ~ (RFC 3986's unreserved).

    This is nearly all of signing's time, so no byte is looked at in Python. ASCII text, a thousand numbers say, holds
    few different bytes to encode, and each is replaced throughout, the percent sign first. Chinese holds many: each
    byte becomes three, zeros before what stays as it is, and the zeros go.
    """
    if not text.isascii():
        return _percent_encode_threes(text.encode())
    if text.isalnum():
        return text
    if "%" in text:
        text = text.replace("%", "%25")
    left = text.encode().translate(None, _UNRESERVED_OR_PERCENT)
    if not left:
        return text
    found = set(left[:_SAMPLE])
    if len(left) > _SAMPLE:
        found |= set(left.translate(None, left[:_SAMPLE]))
    for byte in found:
        text = text.replace(chr(byte), _ENCODED[byte])
    return text


def _percent_encode_threes(data: bytes) -> str:
    threes = bytearray(3 * len(data))
    for place, row in enumerate(_IN_THREES):
        threes[place::3] = data.translate(row)
    return threes.translate(None, b"\0").decode()


def canonical_query(params: Mapping[str, str]) -> str:
    """Parameters sorted by name, encoded and joined; an empty value keeps its equals sign."""
    return "&".join([f"{percent_encode(name)}={percent_encode(params[name])}" for name in sorted(params)])


def rpc_string_to_sign(method: str, query: str) -> str:
    """METHOD&%2F& and the canonical query encoded once more, which has but three characters left to encode."""
    encoded = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return f"{method}&%2F&{encoded}"


def rpc_sign(string_to_sign: str, access_key_secret: str) -> str:
    """The HMAC-SHA1 in Base64, by the secret and an ampersand."""
    key = f"{access_key_secret}&".encode()
    return b64encode(hmac.digest(key, string_to_sign.encode(), "sha1")).decode()


def rpc_signature(method: str, params: Mapping[str, str], access_key_secret: str) -> str:
    """Signature V1 in Base64, of everything in `params`, which holds all parameters but Signature."""
    return rpc_sign(rpc_string_to_sign(method, canonical_query(params)), access_key_secret)


def acs3_signed_headers(headers: Iterable[str]) -> str:
    """The names of the headers that are signed: lower case, sorted, joined by semicolons."""
    return ";".join(sorted(name.lower() for name in headers))


def acs3_canonical_request(method: str, path: str, query: str, headers: Mapping[str, str], hashed_payload: str) -> str:
    """Six parts, a line each; `query` is canonical; the header block ends with a line break of its own."""
    values = {name.lower(): value.strip() for name, value in headers.items()}
    canonical_headers = "".join(f"{name}:{values[name]}\n" for name in sorted(values))
    parts = (method, quote(path), query, canonical_headers, acs3_signed_headers(values), hashed_payload)
    return "\n".join(parts)


def acs3_string_to_sign(canonical_request: str) -> str:
    """The algorithm's name and the hashed canonical request."""
    return f"{ACS3}\n{sha256(canonical_request.encode()).hexdigest()}"


def acs3_sign(canonical_request: str, signed_headers: str, access_key_id: str, access_key_secret: str) -> str:
    """The value of the Authorization header, with the HMAC-SHA256 in hexadecimal digits."""
    key, string_to_sign = access_key_secret.encode(), acs3_string_to_sign(canonical_request).encode()
    signature = hmac.digest(key, string_to_sign, "sha256").hex()
    return f"{ACS3} Credential={access_key_id},SignedHeaders={signed_headers},Signature={signature}"


def acs3_authorization(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    access_key_id: str,
    access_key_secret: str,
) -> str:
    """Signature V3 as the value of the Authorization header; signs exactly the given headers."""
    request = acs3_canonical_request(method, path, canonical_query(query), headers, sha256(body).hexdigest())
    return acs3_sign(request, acs3_signed_headers(headers), access_key_id, access_key_secret)
