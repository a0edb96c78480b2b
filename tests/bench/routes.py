"""The routes of alerts, put into the stub of AWS as a person puts them."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.stubs.processes import Served

TABLE = "alerts"
ROUTES = {
    "contacts": [{"name": "li.si", "phone_number": "13800138000"}, {"name": "wang.wu", "phone_number": "13900139000"}],
    "rotations": [{"name": "on-call", "turns": ["li.si", "wang.wu"], "starts": "2026-11-30T09:00"}],
    "template_code": "SMS_200000002",
    "variables": {"alarm": "{name}", "state": "{state}"},
    "routes": [{"name": "pages", "matchers": ['severity="critical"'], "contacts": ["wang.wu"]}],
    "default": {"rotations": ["on-call"]},
}


def put_routes(aws: Served) -> None:
    """Let the alert door have a document with a rotation and two routes."""
    item = {"pk": {"S": "routes"}, "version": {"N": "1"}, "document": {"S": json.dumps(ROUTES)}}
    connection = HTTPConnection(aws.host("http"))
    body, headers = json.dumps({"TableName": TABLE, "Item": item}), {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(answer.read().decode())
    connection.close()
