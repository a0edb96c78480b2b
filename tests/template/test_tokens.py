"""The API with tokens in the place of IAM, as docs/api.md says to change the template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.pages import API, blocks
from tests.template.conftest import of_type, read, translate

AUTH, ROUTE = map(json.loads, blocks("json", API.section("Tokens in the place of IAM")))
EVERYBODYS = {"POST /v1/messages", "GET /v1/messages", "GET /v1/messages/{message_id}", "GET /v1/health"}
OPERATORS = {"GET /v1/doors/{door}/messages", "GET /v1/doors/{door}/messages/{message_id}"}


@pytest.fixture(scope="module")
def api() -> Any:
    """The API that SAM makes of the template when both are put in."""
    template = json.loads(json.dumps(read()))
    template["Resources"]["HttpApi"]["Properties"]["Auth"] = AUTH
    events = template["Resources"]["SendOnRequestFunction"]["Properties"]["Events"]
    for event in (events["ShowOfDoor"], events["ShowOfDoorByKey"]):
        event["Properties"]["Auth"] = ROUTE
    (api,) = of_type(translate(template)["Resources"], "AWS::ApiGatewayV2::Api").values()
    return api["Body"]


def test_a_token_sends_and_asks_and_what_the_other_doors_sent_stays_with_iam(api: Any) -> None:
    security = {
        f"{method.upper()} {path}": [name for each in route["security"] for name in each]
        for path, methods in api["paths"].items()
        for method, route in methods.items()
    }

    assert security == {route: ["Tokens"] if route in EVERYBODYS else ["AWS_IAM"] for route in EVERYBODYS | OPERATORS}


def test_the_tokens_are_those_of_the_issuer_for_the_audience(api: Any) -> None:
    authorizer = api["components"]["securitySchemes"]["Tokens"]["x-amazon-apigateway-authorizer"]

    assert authorizer["type"] == "jwt"
    assert authorizer["identitySource"] == "$request.header.Authorization"
    assert authorizer["jwtConfiguration"] == AUTH["Authorizers"]["Tokens"]["JwtConfiguration"]
