"""Sends by the official SDK: one client, kept for the life of the sandbox."""

from __future__ import annotations

import json
import os
from typing import Any

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi import models as open_api_models

client = Client(
    open_api_models.Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=os.environ["SMS_ENDPOINT"].removeprefix("https://"),
    )
)


def send(message: dict[str, Any]) -> dict[str, Any]:
    """Send one message; gives what the provider says."""
    request = models.SendSmsRequest(
        phone_numbers=",".join(message["phone_numbers"]),
        sign_name=message.get("sign_name") or os.environ["SMS_SIGN_NAME"],
        template_code=message["template_code"],
        template_param=json.dumps(message.get("template_param", {}), ensure_ascii=False),
        out_id=message.get("reference"),
    )
    answer = client.send_sms(request).body
    return {"code": answer.code, "message": answer.message, "biz_id": answer.biz_id, "request_id": answer.request_id}
