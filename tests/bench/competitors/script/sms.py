"""Sends by requests: one session, kept for the life of the sandbox, and signature version 1 as documented."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import requests

session = requests.Session()


def send(message: dict[str, Any]) -> dict[str, Any]:
    """Send one message; gives what the provider says."""
    params = {
        "PhoneNumbers": ",".join(message["phone_numbers"]),
        "SignName": message.get("sign_name") or os.environ["SMS_SIGN_NAME"],
        "TemplateCode": message["template_code"],
        "TemplateParam": json.dumps(message.get("template_param", {}), ensure_ascii=False),
    }
    if "reference" in message:
        params["OutId"] = message["reference"]
    answer: dict[str, Any] = session.post(os.environ["SMS_ENDPOINT"], data=signed(params), timeout=10).json()
    return answer


def signed(params: dict[str, str]) -> dict[str, str]:
    """The parameters of a call of SendSms with those that every call has, and the signature."""
    params = {
        **params,
        "Action": "SendSms",
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    query = urlencode(sorted(params.items()), quote_via=quote, safe="~")
    string_to_sign = f"POST&%2F&{quote(query, safe='~')}"
    key = f"{os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET']}&"
    digest = hmac.new(key.encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return {**params, "Signature": base64.b64encode(digest).decode()}
