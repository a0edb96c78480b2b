"""A call of the API as a signed HTTP request, by signature version 1 or 3."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from aliyun_sms.signature import (
    acs3_canonical_request,
    acs3_sign,
    acs3_signed_headers,
    canonical_query,
    percent_encode,
    rpc_sign,
    rpc_string_to_sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .credentials import Credentials

VERSION = "0.1.0"  # of this software, as releases and the User-Agent name it
USER_AGENT = f"aliyun-sms-lambda/{VERSION}"
ACS3_VERSION = 3  # of signatures
API_VERSION = "2017-05-25"
FORM = "application/x-www-form-urlencoded"
_FORM_PARAMETERS = {"PhoneNumberJson", "SignNameJson", "TemplateParamJson", "SmsUpExtendCodeJson"}


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What goes over the wire, always as a POST."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Stamp(NamedTuple):
    """When a request was made, and the nonce that makes it the only one of its kind."""

    timestamp: datetime
    nonce: str

    @property
    def seconds(self) -> int:
        """The time as the ledger keeps it, which is as exact as what goes over the wire."""
        return int(self.timestamp.timestamp())

    def text(self) -> str:
        """The time as both signature versions want it, in UTC."""
        return self.timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Signing(NamedTuple):
    """What a request is signed with: key, time and nonce, and the signature version, 1 or 3."""

    credentials: Credentials
    stamp: Stamp
    version: int


def rpc_request(
    endpoint: str, action: str, params: Mapping[str, str], credentials: Credentials, stamp: Stamp
) -> SignedRequest:
    """Signature V1: every parameter in the form body, so that no number, code or key is in a URL."""
    signed = {
        **params,
        "Action": action,
        "Version": API_VERSION,
        "Format": "JSON",
        "AccessKeyId": credentials.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": stamp.nonce,
        "Timestamp": stamp.text(),
    }
    if credentials.security_token:
        signed["SecurityToken"] = credentials.security_token
    query = canonical_query(signed)
    signature = rpc_sign(rpc_string_to_sign("POST", query), credentials.access_key_secret)
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", "Content-Type": FORM}
    return SignedRequest(f"{endpoint}/", headers, f"{query}&Signature={percent_encode(signature)}".encode())


def acs3_request(
    endpoint: str, action: str, params: Mapping[str, str], credentials: Credentials, stamp: Stamp
) -> SignedRequest:
    """Signature V3: parameters in the query, but the lists of SendBatchSms, as the official SDKs send them."""
    query = canonical_query({name: params[name] for name in params.keys() - _FORM_PARAMETERS})
    body = canonical_query({name: params[name] for name in params.keys() & _FORM_PARAMETERS}).encode()
    hashed = sha256(body).hexdigest()
    headers = _acs3_headers(endpoint, action, hashed, credentials, stamp)
    if body:
        headers["content-type"] = FORM
    request = acs3_canonical_request("POST", "/", query, headers, hashed)
    key = credentials.access_key_id, credentials.access_key_secret
    headers["Authorization"] = acs3_sign(request, acs3_signed_headers(headers), *key)
    headers |= {"User-Agent": USER_AGENT, "Accept": "application/json"}
    return SignedRequest(f"{endpoint}/?{query}", headers, body)


def _acs3_headers(endpoint: str, action: str, hashed: str, credentials: Credentials, stamp: Stamp) -> dict[str, str]:
    headers = {
        "host": urlsplit(endpoint).netloc,
        "x-acs-action": action,
        "x-acs-version": API_VERSION,
        "x-acs-date": stamp.text(),
        "x-acs-signature-nonce": stamp.nonce,
        "x-acs-content-sha256": hashed,
    }
    if credentials.security_token:
        headers["x-acs-security-token"] = credentials.security_token
    return headers
