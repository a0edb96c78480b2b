"""Writes out the routes of an HTTP API, which SAM puts into an OpenAPI document that MiniStack 1.5.33 ignores.

SAM makes of `AWS::Serverless::HttpApi` and its functions' events one `AWS::ApiGatewayV2::Api` with a `Body`;
MiniStack creates the same API from authorizers, integrations and routes of their own.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPTIONAL = ("authorizerPayloadFormatVersion", "enableSimpleResponses", "authorizerResultTtlInSeconds")


def expand_http_apis(template: Mapping[str, Any]) -> dict[str, Any]:
    """Give the template with each HTTP API's `Body` written out as resources."""
    expanded = copy.deepcopy(dict(template))
    for api_id, api in list(expanded.get("Resources", {}).items()):
        if api.get("Type") == "AWS::ApiGatewayV2::Api" and "Body" in api.get("Properties", {}):
            expanded["Resources"].update(_expand(api_id, api))
    return expanded


def _expand(api_id: str, api: dict[str, Any]) -> dict[str, Any]:
    properties = api["Properties"]
    body = properties.pop("Body")
    properties.setdefault("Name", body.get("info", {}).get("title", {"Ref": "AWS::StackName"}))
    properties.setdefault("ProtocolType", "HTTP")
    if cors := body.get("x-amazon-apigateway-cors"):
        properties.setdefault("CorsConfiguration", {_capitalised(name): value for name, value in cors.items()})
    return _Routes(api_id, api.get("Condition"), body).resources()


@dataclass
class _Routes:
    """The resources of one API, under logical ids that begin with its own."""

    api_id: str
    condition: str | None
    body: Mapping[str, Any]
    made: dict[str, Any] = field(default_factory=dict)
    authorization: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the scheme's name
    integrations: list[Mapping[str, Any]] = field(default_factory=list)

    def resources(self) -> dict[str, Any]:
        for name, scheme in self.body.get("components", {}).get("securitySchemes", {}).items():
            self._add_scheme(name, scheme)
        for number, (key, operation) in enumerate(self._operations()):
            self._add(f"Route{number}", "Route", self._route(key, operation))
        return self.made

    def _operations(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for path, methods in self.body.get("paths", {}).items():
            for method, operation in methods.items():
                if "x-amazon-apigateway-integration" in operation:
                    yield _route_key(method, path), operation

    def _add_scheme(self, name: str, scheme: Mapping[str, Any]) -> None:
        if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
            self.authorization[name] = {"AuthorizationType": "AWS_IAM"}
        elif authorizer := scheme.get("x-amazon-apigateway-authorizer"):
            kind = {"jwt": "JWT", "request": "CUSTOM"}[authorizer["type"].lower()]
            made = self._add(f"Authorizer{len(self.authorization)}", "Authorizer", _authorizer(name, authorizer))
            self.authorization[name] = {"AuthorizationType": kind, "AuthorizerId": {"Ref": made}}

    def _route(self, key: str, operation: Mapping[str, Any]) -> dict[str, Any]:
        target = self._integration(operation["x-amazon-apigateway-integration"])
        route = {"RouteKey": key, "Target": {"Fn::Join": ["/", ["integrations", {"Ref": target}]]}}
        for requirement in operation.get("security", []):
            for name, scopes in requirement.items():
                route |= self.authorization.get(name, {}) | ({"AuthorizationScopes": scopes} if scopes else {})
        return route

    def _integration(self, integration: Mapping[str, Any]) -> str:
        if integration in self.integrations:
            return f"{self.api_id}Integration{self.integrations.index(integration)}"
        self.integrations.append(integration)
        return self._add(f"Integration{len(self.integrations) - 1}", "Integration", _integration(integration))

    def _add(self, name: str, kind: str, properties: Mapping[str, Any]) -> str:
        resource = {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": {"ApiId": {"Ref": self.api_id}, **properties}}
        self.made[self.api_id + name] = resource | ({"Condition": self.condition} if self.condition else {})
        return self.api_id + name


def _route_key(method: str, path: str) -> str:
    if path == "/$default":
        return "$default"
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def _authorizer(name: str, authorizer: Mapping[str, Any]) -> dict[str, Any]:
    sources = authorizer.get("identitySource", [])
    given = {"Name": name, "IdentitySource": [sources] if isinstance(sources, str) else sources}
    if authorizer["type"].lower() == "jwt":
        jwt = {_capitalised(key): value for key, value in authorizer["jwtConfiguration"].items()}
        return given | {"AuthorizerType": "JWT", "JwtConfiguration": jwt}
    chosen = {_capitalised(key): authorizer[key] for key in OPTIONAL if key in authorizer}
    return given | {"AuthorizerType": "REQUEST", "AuthorizerUri": authorizer["authorizerUri"]} | chosen


def _integration(integration: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        "IntegrationType": integration["type"].upper(),
        "IntegrationUri": integration["uri"],
        "IntegrationMethod": integration.get("httpMethod", "POST"),
        "PayloadFormatVersion": integration.get("payloadFormatVersion", "2.0"),
    }
    return given | ({"TimeoutInMillis": integration["timeoutInMillis"]} if "timeoutInMillis" in integration else {})


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]
