"""Whose call it is, and whether the signature proves it."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from local.simulator import signature
from local.simulator.answers import GatewayError

if TYPE_CHECKING:
    from local.simulator.call import Call
    from local.simulator.options import AccessKey
    from local.simulator.state import State


def check_access_key(state: State, call: Call) -> None:
    """An access key of the account, with its token if it is a temporary one."""
    if call.signature_version != 1 and not _conforms(call):
        raise GatewayError("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    key = _key(state, call)
    if key is None:
        raise GatewayError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    if key.security_token and not call.security_token:
        raise GatewayError("MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if call.security_token in state.options.expired_tokens:
        raise GatewayError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
    if call.security_token != key.security_token:
        raise _foreign_token(state, call.security_token)


def check_signature(state: State, call: Call) -> None:
    """The signature that the secret gives; the gateway quotes its own string to sign when another came."""
    key = _key(state, call)
    assert key is not None  # noqa: S101 check_access_key came before; this tells the type checker
    expected, given, quoted = _rpc(call, key) if call.signature_version == 1 else _acs3(call, key)
    if not compare_digest(expected.encode(), given.encode()):
        message = f"Specified signature is not matched with our calculation. {quoted}"
        raise GatewayError("SignatureDoesNotMatch", message)


def _conforms(call: Call) -> bool:
    """Version 3: the header reads as it should, and host and every x-acs-* header are signed."""
    if call.authorization is None:
        return False
    must = {name for name in call.headers if name == "host" or name.startswith("x-acs-")}
    return must | {"x-acs-content-sha256"} <= set(call.authorization[1])


def _key(state: State, call: Call) -> AccessKey | None:
    held = [key for key in state.options.access_keys if key.access_key_id == call.access_key_id]
    return held[0] if held else None


def _foreign_token(state: State, token: str) -> GatewayError:
    if any(token == key.security_token for key in state.options.access_keys):
        code = "InvalidSecurityToken.MismatchWithAccessKey"
        return GatewayError(code, "Specified SecurityToken mismatch with the AccessKey.")
    return GatewayError("InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")


def _rpc(call: Call, key: AccessKey) -> tuple[str, str, str]:
    string_to_sign = signature.rpc_string_to_sign(call.method, call.params)
    expected = signature.rpc_signature(string_to_sign, key.access_key_secret)
    return expected, call.params["Signature"], f"server string to sign is:{string_to_sign}"


def _acs3(call: Call, key: AccessKey) -> tuple[str, str, str]:
    assert call.authorization is not None  # noqa: S101 check_access_key came before; this tells the type checker
    _, signed_headers, given = call.authorization
    payload_hash = signature.hashed_payload(call.body)
    headers = {name: call.headers.get(name, "") for name in signed_headers} | {"x-acs-content-sha256": payload_hash}
    request = signature.acs3_canonical_request(call.method, call.path, call.query, headers, payload_hash)
    string_to_sign = signature.acs3_string_to_sign(request)
    expected = signature.acs3_signature(string_to_sign, key.access_key_secret)
    return expected, given, f"server canonical request is:{request} server string to sign is:{string_to_sign}"
