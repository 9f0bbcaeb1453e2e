"""The router that API functions share: requests are checked by pydantic, every error has one shape, nothing is a bare 500."""

from __future__ import annotations

import json
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from magento_sync.api.http.caller import Caller, caller_of
from magento_sync.api.http.errors import ApiError, bad_request, error_json
from magento_sync.api.http.field_errors import FieldError, field_errors_of, query_errors
from magento_sync.api.http.request_bodies import json_object, with_readable_body
from magento_sync.errors import DatabaseUnavailable, MagentoSyncError
from magento_sync.messages import language_of
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from magento_sync.messages import Language

Body = TypeVar("Body", bound=BaseModel)
JSON = content_types.APPLICATION_JSON


class Api(APIGatewayHttpResolver):
    """A resolver that checks bodies before it reads them."""

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answers a request of the HTTP API."""
        try:
            readable = with_readable_body(event)
        except ApiError as error:
            # Nothing is routed yet: what the router does with an answer is done here by hand.
            headers = event.get("headers") or {}
            told = language_of(
                next((text for name, text in headers.items() if name.lower() == "accept-language"), None)
            )
            body = error_json(error, told, str(event["requestContext"]["requestId"]))
            return {
                "statusCode": error.status,
                "headers": {"Content-Type": JSON, **_headers(told, error.headers)},
                "body": json.dumps(body, ensure_ascii=False),
                "isBase64Encoded": False,
            }
        return super().resolve(readable, context)


def api_resolver() -> Api:
    """A resolver whose errors are told in the shape of `error_json`."""
    as_json = partial(json.dumps, ensure_ascii=False)
    app = Api(enable_validation=True, json_body_deserializer=json_object, serializer=as_json)
    app.use([_query_is_known])

    @app.exception_handler(ApiError)  # type: ignore[untyped-decorator]  # Powertools does not type it
    def _told(error: ApiError) -> Response[Any]:
        return _error_answer(app, error)

    @app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]
    def _invalid(error: RequestValidationError) -> Response[Any]:
        errors = error.errors()
        if any(one["loc"][0] == "response" for one in errors):
            logger.error("An answer is not what its handler says it returns", route=app.context["_route"].path)
            return _error_answer(app, ApiError(500, "INTERNAL_ERROR"))
        return _error_answer(app, bad_request(*_query_faults(app), *field_errors_of(errors)))

    @app.exception_handler(DatabaseUnavailable)  # type: ignore[untyped-decorator]
    def _not_now(error: DatabaseUnavailable) -> Response[Any]:
        logger.error("A request failed", reason=str(error))
        return _error_answer(app, ApiError(503, "UNAVAILABLE", headers={"Retry-After": "10"}))

    @app.exception_handler(MagentoSyncError)  # type: ignore[untyped-decorator]
    def _ours(error: MagentoSyncError) -> Response[Any]:
        logger.error("A request failed", reason=str(error))
        return _error_answer(app, ApiError(500, "INTERNAL_ERROR"))

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def _bug(error: Exception) -> Response[Any]:
        # Where it happened, but not the exception's own words: they may hold anything.
        logger.error("A request failed", error=type(error).__name__, trace=traceback.format_tb(error.__traceback__))
        return _error_answer(app, ApiError(500, "INTERNAL_ERROR"))

    @app.not_found
    def _nothing_here(_error: Exception) -> Response[Any]:
        return _error_answer(app, ApiError(404, "NOT_FOUND"))

    return app


def answer(
    app: APIGatewayHttpResolver, body: Body, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[Body]:
    """An answer that says in which language its sentences are. It is checked against what the handler says it returns."""
    return Response(status, JSON, body, headers=dict(_headers(language(app), headers)))


def caller(app: APIGatewayHttpResolver) -> Caller:
    """Who calls, and which websites they may touch."""
    return caller_of(app.current_event["requestContext"])


def language(app: APIGatewayHttpResolver) -> Language:
    """The language that the caller wants to read."""
    return language_of(app.current_event.headers.get("accept-language"))


def _error_answer(app: APIGatewayHttpResolver, error: ApiError) -> Response[Any]:
    body = error_json(error, language(app), str(app.current_event.request_context.request_id))
    return Response(error.status, JSON, body, headers=dict(_headers(language(app), error.headers)))


def _headers(told_in: Language, more: Mapping[str, str] | None) -> dict[str, str]:
    return {"Content-Language": told_in, "Cache-Control": "no-store", **(more or {})}


def _query_is_known(app: APIGatewayHttpResolver, next_middleware: Callable[..., Any]) -> Any:  # noqa: ANN401 - whatever comes next
    """Powertools passes over names that it does not know."""
    faults = _query_faults(app)
    if faults:
        raise bad_request(*faults)
    return next_middleware(app)


def _query_faults(app: APIGatewayHttpResolver) -> list[FieldError]:
    known = [field.alias for field in app.context["_route"].dependant.query_params]
    return query_errors(app.current_event.get("rawQueryString") or "", known)
