"""Sends by the official SDK with an access key from Secrets Manager; logs and counts each outcome."""

from __future__ import annotations

import json
import os
from typing import Any

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi import models as open_api_models
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

logger = Logger()
metrics = Metrics(namespace="Sms")
persistence = DynamoDBPersistenceLayer(table_name="idempotency")
_secret: Any = parameters.get_secret(os.environ["SMS_CREDENTIALS_SECRET_ARN"], transform="json")
_client = Client(
    open_api_models.Config(
        access_key_id=_secret["access_key_id"],
        access_key_secret=_secret["access_key_secret"],
        endpoint=os.environ["SMS_ENDPOINT"].removeprefix("https://"),
    )
)


class RefusedError(Exception):
    """The provider did not say OK."""


def send(message: dict[str, Any]) -> dict[str, Any]:
    """Send one message; gives what the provider says, and raises RefusedError where that is not OK."""
    request = models.SendSmsRequest(
        phone_numbers=",".join(message["phone_numbers"]),
        sign_name=message.get("sign_name") or os.environ["SMS_SIGN_NAME"],
        template_code=message["template_code"],
        template_param=json.dumps(message.get("template_param", {}), ensure_ascii=False),
        out_id=message.get("reference"),
    )
    answer = _client.send_sms(request).body
    logger.info("sent", extra={"code": answer.code, "biz_id": answer.biz_id, "request_id": answer.request_id})
    metrics.add_metric(name=answer.code, unit=MetricUnit.Count, value=1)
    if answer.code != "OK":
        raise RefusedError(answer.code)
    return {"code": answer.code, "biz_id": answer.biz_id, "request_id": answer.request_id}
