"""The HTTP API: every route has an authorizer, and CORS allows the app's origins only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.cloudformation import Json, Stack

ROUTE = "AWS::ApiGatewayV2::Route"
READ, WRITE = "magento-sync/read", "magento-sync/write"
ROUTES = {
    "POST /api/magento/auto-sync": ("ManualSyncFunction", WRITE),
    "GET /api/magento/auto-sync": ("ManualSyncFunction", READ),
    "GET /api/magento/auto-sync/runs": ("ManualSyncFunction", READ),
    "GET /api/magento/auto-sync/runs/{runId}": ("ManualSyncFunction", READ),
    "DELETE /api/magento/auto-sync/runs/{runId}": ("ManualSyncFunction", WRITE),
    "GET /api/magento/websites": ("ManualSyncFunction", READ),
    "GET /api/cron/auto-sync": ("ManualSyncFunction", WRITE),
    "GET /api/customers": ("CustomersFunction", READ),
    "POST /api/customers": ("CustomersFunction", WRITE),
}


def test_without_an_issuer_only_aws_principals_may_call(stack: Stack) -> None:
    assert stack.of_type(ROUTE)
    for route in stack.of_type(ROUTE).values():
        assert route["AuthorizationType"] == "AWS_IAM"
        assert "AuthorizerId" not in route
        assert "AuthorizationScopes" not in route
    assert not stack.of_type("AWS::ApiGatewayV2::Authorizer")


def test_with_an_issuer_every_route_requires_a_token_with_its_scope(full_stack: Stack) -> None:
    for route in full_stack.of_type(ROUTE).values():
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"] == "HttpApiAuthorizer"
        assert route["AuthorizationScopes"] == [ROUTES[route["RouteKey"]][1]]


def test_the_authorizer_has_the_issuer_and_audiences_of_the_parameters(full_stack: Stack) -> None:
    [authorizer] = full_stack.of_type("AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["JwtConfiguration"] == {"Issuer": "https://issuer.example/", "Audience": ["app", "backend"]}


def test_no_other_route_or_api_exists(any_stack: Stack) -> None:
    assert {route["RouteKey"] for route in any_stack.of_type(ROUTE).values()} == ROUTES.keys()
    assert len(any_stack.of_type("AWS::ApiGatewayV2::Api")) == 1
    assert not any_stack.of_type("AWS::ApiGateway::RestApi")
    assert not any_stack.of_type("AWS::Lambda::Url")


def test_an_issuer_requires_an_audience(template: dict[str, Json]) -> None:
    [assertion] = template["Rules"]["IssuerAndAudience"]["Assertions"]
    condition = str(assertion["Assert"])
    assert "JwtIssuer" in condition
    assert "JwtAudience" in condition


def test_browsers_may_call_from_the_given_origins_only(stack: Stack, full_stack: Stack) -> None:
    assert "CorsConfiguration" not in stack.properties("HttpApi")
    cors = full_stack.properties("HttpApi")["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://app.example", "http://localhost:3000"]
    assert set(cors["AllowHeaders"]) == {
        *("accept-language", "authorization", "content-type", "prefer"),
        *("x-amz-content-sha256", "x-amz-date", "x-amz-security-token"),
    }
    assert set(cors["ExposeHeaders"]) == {
        *("apigw-requestid", "location", "preference-applied", "retry-after", "www-authenticate"),
    }
    assert set(cors["AllowMethods"]) == {key.split()[0] for key in ROUTES} | {"OPTIONS"}
    assert "AllowCredentials" not in cors


def test_every_route_reaches_its_function(any_stack: Stack) -> None:
    for route in any_stack.of_type(ROUTE).values():
        integration = any_stack.properties(route["Target"].removeprefix("integrations/"))
        function = integration["IntegrationUri"].removesuffix(".Arn")
        assert any_stack.resources[function]["Type"] == "AWS::Lambda::Function"
        assert function == ROUTES[route["RouteKey"]][0]


def test_only_this_api_may_invoke_the_functions_behind_it(any_stack: Stack) -> None:
    permissions = any_stack.of_type("AWS::Lambda::Permission").values()
    assert sorted(it["FunctionName"] for it in permissions) == sorted({function for function, _ in ROUTES.values()})
    for permission in permissions:
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"] == "arn:aws:execute-api:eu-west-1:123456789012:HttpApi/$default/*"


def test_the_api_s_time_out_exceeds_the_function_s(any_stack: Stack) -> None:
    for integration in any_stack.of_type("AWS::ApiGatewayV2::Integration").values():
        function = integration["IntegrationUri"].removesuffix(".Arn")
        assert any_stack.properties(function)["Timeout"] * 1000 < integration["TimeoutInMillis"] <= 30_000
        assert integration["PayloadFormatVersion"] == "2.0"


def test_access_logs_contain_no_address_or_claims(any_stack: Stack) -> None:
    log_format = any_stack.properties("HttpApiStage")["AccessLogSettings"]["Format"]
    for private in ("identity", "claims", "userAgent", "querystring"):
        assert private not in log_format


def test_access_logs_contain_the_ids_of_request_and_invocation(any_stack: Stack) -> None:
    log_format = json.loads(any_stack.properties("HttpApiStage")["AccessLogSettings"]["Format"])
    assert log_format["requestId"] == "$context.requestId"
    assert log_format["integrationRequestId"] == "$context.integration.requestId"


def test_the_api_limits_the_request_rate(any_stack: Stack) -> None:
    """The limit covers all callers; a request that waits for its sync occupies an environment for 25 seconds."""
    limits = any_stack.properties("HttpApiStage")["DefaultRouteSettings"]
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (20, 40)
