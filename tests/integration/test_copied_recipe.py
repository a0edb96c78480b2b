"""The widely copied recipe fails in each of its points (docs/decisions/0002)."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from tests.integration.conftest import SEND_SMS, rpc_params, signed_form

if TYPE_CHECKING:
    from tests.integration.conftest import Simulator


def test_lower_case_names_are_not_the_parameters(simulator: Simulator) -> None:
    recipe = {"action": "SendSms", "phone_numbers": "13800138000", "accessKeyId": "testId", "sign_name": "x"}

    reply = simulator.request("GET", f"/?{urlencode(recipe)}")

    assert (reply.status, reply.code) == (400, "MissingAction")


def test_a_hex_digest_over_fields_joined_by_slashes_is_no_signature(simulator: Simulator) -> None:
    params = rpc_params("GET")
    text = "/".join(params[name] for name in SEND_SMS)
    params["Signature"] = hmac.new(b"testSecret", text.encode(), hashlib.sha1).hexdigest()

    reply = simulator.request("GET", f"/?{urlencode(params)}")

    assert (reply.status, reply.code) == (400, "SignatureDoesNotMatch")


def test_a_timestamp_in_milliseconds_is_no_timestamp(simulator: Simulator) -> None:
    assert simulator.call(Timestamp=str(int(time.time() * 1000))).code == "InvalidTimeStamp.Format"


def test_a_request_without_a_nonce_or_with_an_old_one_is_refused(simulator: Simulator) -> None:
    nonce = uuid4().hex

    codes = [simulator.call(SignatureNonce=given).code for given in (None, nonce, nonce)]

    assert codes == ["MissingSignatureNonce", "OK", "SignatureNonceUsed"]


def test_status_200_is_not_success(simulator: Simulator) -> None:
    reply = simulator.post(signed_form(SignName="not approved"))

    assert (reply.status, reply.code) == (200, "isv.SMS_SIGNATURE_ILLEGAL")
    assert simulator.messages() == []
