"""The gateway's checks, before the product sees a call.

Source: help.aliyun.com document 101346 and the gateway's table of client codes. Their order is not documented.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.simulator.answers import GatewayError
from local.simulator.authentication import check_access_key, check_signature
from local.simulator.state import WINDOW

if TYPE_CHECKING:
    from local.simulator.call import Call
    from local.simulator.state import State

VERSION = "2017-05-25"
MANDATORY = {
    "SendSms": ("PhoneNumbers", "SignName", "TemplateCode"),
    "SendBatchSms": ("PhoneNumberJson", "SignNameJson", "TemplateCode"),
    "QuerySendDetails": ("PhoneNumber", "SendDate", "PageSize", "CurrentPage"),
    "GetSmsSign": ("SignName",),
    "GetSmsTemplate": ("TemplateCode",),
}
COMMON = (  # as a parameter in version 1, as a header in version 3
    ("Action", "x-acs-action"),
    ("Version", "x-acs-version"),
    ("Timestamp", "x-acs-date"),
    ("SignatureNonce", "x-acs-signature-nonce"),
)
COMMON_RPC = ("AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def admit(state: State, call: Call) -> None:
    """Let a call through, or raise GatewayError with the first thing that is wrong with it."""
    if state.options.nonce_check == "before":
        use_nonce(state, call)
    for check in CHECKS:
        check(state, call)
    if state.options.nonce_check == "after":
        use_nonce(state, call)


def use_nonce(state: State, call: Call) -> None:
    """Burn the nonce; a used one is refused."""
    if call.nonce and not state.nonces.use(call.access_key_id, call.nonce, state.clock()):
        raise GatewayError("SignatureNonceUsed", "Specified signature nonce was used already.")


def check_method(_state: State, call: Call) -> None:
    """GET and POST."""
    if call.method not in {"GET", "POST"}:
        raise GatewayError("UnsupportedHTTPMethod", "This http method is not supported.")


def check_common_parameters(_state: State, call: Call) -> None:
    """Parameters that every action has."""
    for parameter, header in COMMON:
        _mandatory(parameter, call.common(parameter, header))
    if call.signature_version == 1:
        for parameter in COMMON_RPC:
            _mandatory(parameter, call.params.get(parameter, ""))


def check_formats(_state: State, call: Call) -> None:
    """Answer format, signature method and signature version."""
    if call.response_format not in {"JSON", "XML"}:
        raise GatewayError("InvalidParameter.Format", "Specified parameter Format is not valid.")
    if call.signature_version == 1 and call.params["SignatureMethod"] != "HMAC-SHA1":
        raise GatewayError("InvalidSignatureMethod", "Specified signature method is not valid.")
    if call.signature_version == 1 and call.params["SignatureVersion"] != "1.0":
        raise GatewayError("InvalidSignatureVersion", "Specified parameter SignatureVersion is not valid.")


def check_action(_state: State, call: Call) -> None:
    """An API version and an action that exist."""
    if call.common("Version", "x-acs-version") != VERSION:
        raise GatewayError("InvalidVersion", "Specified parameter Version is not valid.")
    if call.action not in MANDATORY:
        message = "Specified api is not found, please check your url and method."
        raise GatewayError("InvalidAction.NotFound", message, 404)


def check_timestamp(state: State, call: Call) -> None:
    """UTC, and no more than fifteen minutes off."""
    at = _time(call.common("Timestamp", "x-acs-date"))
    if at is None:
        raise GatewayError("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
    if abs(state.clock() - at) > WINDOW:
        raise GatewayError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def check_mandatory_parameters(_state: State, call: Call) -> None:
    """The action's own parameters; an empty one counts as missing."""
    for parameter in MANDATORY[call.action]:
        _mandatory(parameter, call.params.get(parameter, ""))


CHECKS = (
    check_method,
    check_common_parameters,
    check_formats,
    check_action,
    check_timestamp,
    check_access_key,
    check_signature,
    check_mandatory_parameters,
)


def _mandatory(parameter: str, value: str) -> None:
    if not value:
        raise GatewayError(f"Missing{parameter}", f"{parameter} is mandatory for this action.")


def _time(text: str) -> datetime | None:
    if not TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
