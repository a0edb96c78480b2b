"""What SAM makes of an HTTP API, and the resources that the emulator needs instead."""

from typing import Any

from local.emulator.expand_http_api import expand_http_apis

INTEGRATION = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": {"Fn::Sub": "arn:${AWS::Partition}:lambda:…"},
    "payloadFormatVersion": "2.0",
}
IAM = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
JWT = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["sms"]},
    },
}
LAMBDA = {
    "type": "apiKey",
    "x-amazon-apigateway-authorizer": {
        "type": "request",
        "identitySource": ["$request.header.token"],
        "authorizerUri": "arn:authorizer",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
    },
}


def template(body: dict[str, Any], **api: Any) -> dict[str, Any]:
    return {"Resources": {"HttpApi": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body}, **api}}}


def body(paths: dict[str, Any], schemes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"info": {"title": "api"}, "paths": paths, "components": {"securitySchemes": schemes or {}}, **more}


def operation(**more: Any) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": INTEGRATION, **more}


def expanded(given: dict[str, Any], **api: Any) -> dict[str, Any]:
    resources: dict[str, Any] = expand_http_apis(template(given, **api))["Resources"]
    return resources


def route(given: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = expanded(given)["HttpApiRoute0"]["Properties"]
    return properties


def test_an_api_keeps_its_title_and_loses_its_body() -> None:
    api = expanded(body({}))["HttpApi"]["Properties"]

    assert api == {"Name": "api", "ProtocolType": "HTTP"}


def test_an_operation_becomes_a_route_to_an_integration() -> None:
    resources = expanded(body({"/v1/messages": {"post": operation()}}))

    assert resources["HttpApiRoute0"] == {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            "ApiId": {"Ref": "HttpApi"},
            "RouteKey": "POST /v1/messages",
            "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "HttpApiIntegration0"}]]},
        },
    }
    assert resources["HttpApiIntegration0"] == {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            "ApiId": {"Ref": "HttpApi"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": INTEGRATION["uri"],
            "IntegrationMethod": "POST",
            "PayloadFormatVersion": "2.0",
        },
    }


def test_routes_to_the_same_function_share_an_integration() -> None:
    resources = expanded(body({"/a": {"get": operation()}, "/b": {"post": operation()}}))

    assert sorted(resources) == ["HttpApi", "HttpApiIntegration0", "HttpApiRoute0", "HttpApiRoute1"]


def test_a_time_limit_is_kept() -> None:
    limited = {"x-amazon-apigateway-integration": {**INTEGRATION, "timeoutInMillis": 5000}}

    integration = expanded(body({"/a": {"get": limited}}))["HttpApiIntegration0"]

    assert integration["Properties"]["TimeoutInMillis"] == 5000


def test_any_method_and_the_default_route_have_keys_of_their_own() -> None:
    paths = {"/a": {"x-amazon-apigateway-any-method": operation()}, "/$default": {"get": operation()}}

    resources = expanded(body(paths))

    assert resources["HttpApiRoute0"]["Properties"]["RouteKey"] == "ANY /a"
    assert resources["HttpApiRoute1"]["Properties"]["RouteKey"] == "$default"


def test_an_operation_without_an_integration_is_no_route() -> None:
    assert sorted(expanded(body({"/a": {"options": {}}}))) == ["HttpApi"]


def test_iam_needs_no_authorizer() -> None:
    given = route(body({"/a": {"get": operation(security=[{"AWS_IAM": []}])}}, {"AWS_IAM": IAM}))

    assert given["AuthorizationType"] == "AWS_IAM"
    assert "AuthorizerId" not in given


def test_a_jwt_authorizer_is_written_out_with_its_scopes_on_the_route() -> None:
    given = body({"/a": {"get": operation(security=[{"Users": ["sms/send"]}])}}, {"Users": JWT})

    assert expanded(given)["HttpApiAuthorizer0"]["Properties"] == {
        "ApiId": {"Ref": "HttpApi"},
        "Name": "Users",
        "IdentitySource": ["$request.header.Authorization"],
        "AuthorizerType": "JWT",
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["sms"]},
    }
    assert route(given)["AuthorizationType"] == "JWT"
    assert route(given)["AuthorizerId"] == {"Ref": "HttpApiAuthorizer0"}
    assert route(given)["AuthorizationScopes"] == ["sms/send"]


def test_a_lambda_authorizer_is_written_out() -> None:
    given = body({"/a": {"get": operation(security=[{"Tokens": []}])}}, {"Tokens": LAMBDA})

    assert expanded(given)["HttpApiAuthorizer0"]["Properties"] == {
        "ApiId": {"Ref": "HttpApi"},
        "Name": "Tokens",
        "IdentitySource": ["$request.header.token"],
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": "arn:authorizer",
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
    }
    assert route(given)["AuthorizationType"] == "CUSTOM"


def test_a_condition_holds_for_all_that_is_written_out() -> None:
    resources = expanded(body({"/a": {"get": operation()}}), Condition="IsPublic")

    assert {resource["Condition"] for resource in resources.values()} == {"IsPublic"}


def test_cross_origin_settings_move_to_the_api() -> None:
    given = body({}, **{"x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"], "maxAge": 60}})

    cors = expanded(given)["HttpApi"]["Properties"]["CorsConfiguration"]

    assert cors == {"AllowOrigins": ["https://a.example"], "MaxAge": 60}


def test_other_resources_and_the_given_template_stay_as_they_are() -> None:
    given = template(body({"/a": {"get": operation()}}))
    given["Resources"]["Queue"] = {"Type": "AWS::SQS::Queue"}

    after = expand_http_apis(given)

    assert after["Resources"]["Queue"] == {"Type": "AWS::SQS::Queue"}
    assert sorted(given["Resources"]) == ["HttpApi", "Queue"]
    assert "Body" in given["Resources"]["HttpApi"]["Properties"]
