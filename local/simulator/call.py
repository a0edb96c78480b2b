"""A call of the provider's API, unpacked from the request that carried it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from local.simulator.signature import ACS3_ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
AUTHORIZATION = re.compile(rf"{ACS3_ALGORITHM} Credential=([^,]+),SignedHeaders=([^,]+),Signature=([^,]+)")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """One request as it came; parameters are decoded, nothing is checked yet."""

    method: str
    path: str
    query: Pairs
    form: Pairs
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def params(self) -> dict[str, str]:
        """Query and form in one, as signature version 1 sees them."""
        return dict(self.query) | dict(self.form)

    @property
    def signature_version(self) -> int:
        """3 where an Authorization header came, else 1."""
        return 3 if "authorization" in self.headers else 1

    @property
    def authorization(self) -> tuple[str, tuple[str, ...], str] | None:
        """Version 3: access key id, names of the signed headers, signature; None where it does not read so."""
        found = AUTHORIZATION.fullmatch(self.headers.get("authorization", ""))
        return (found[1], tuple(found[2].split(";")), found[3]) if found else None

    def common(self, parameter: str, header: str) -> str:
        """Give one of the common parameters: a parameter in version 1, a header in version 3."""
        return self.headers.get(header, "") if self.signature_version == 3 else self.params.get(parameter, "")  # noqa: PLR2004 the version's number is its name

    @property
    def action(self) -> str:
        """SendSms, SendBatchSms, QuerySendDetails, or anything."""
        return self.common("Action", "x-acs-action")

    @property
    def nonce(self) -> str:
        """The number used once."""
        return self.common("SignatureNonce", "x-acs-signature-nonce")

    @property
    def security_token(self) -> str:
        """The token that belongs to a temporary access key, or nothing."""
        return self.common("SecurityToken", "x-acs-security-token")

    @property
    def access_key_id(self) -> str:
        """Whose call it says it is."""
        if self.signature_version == 1:
            return self.params.get("AccessKeyId", "")
        return self.authorization[0] if self.authorization else ""

    @property
    def response_format(self) -> str:
        """JSON or XML as the caller wrote it, in upper case; version 3 knows JSON alone."""
        return (self.params.get("Format") or "JSON").upper() if self.signature_version == 1 else "JSON"

    @property
    def host(self) -> str:
        """The host as the caller calls it."""
        return self.headers.get("host", "")


async def unpack(request: Request) -> Call:
    """Read a request whole: GET, or POST with query, form, or both."""
    body = await request.body()
    headers = {name: ",".join(request.headers.getlist(name)) for name in request.headers}
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Call(
        method=request.method,
        path=request.url.path,
        query=_pairs(request.scope["query_string"]),
        form=_pairs(body) if content_type == FORM else (),
        headers=headers,
        body=body,
    )


def _pairs(encoded: bytes) -> Pairs:
    return tuple(parse_qsl(encoded.decode("latin-1"), keep_blank_values=True, encoding="utf-8", errors="replace"))
