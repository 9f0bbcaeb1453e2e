"""The router of the API's functions: pydantic checks each request, and every error has the shape of `error_body`."""

from __future__ import annotations

import json
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from magento_sync.api.http.caller import Caller
from magento_sync.api.http.errors import ApiError, bad_request, error_body
from magento_sync.api.http.field_errors import FieldError, query_errors, validation_errors
from magento_sync.api.http.request_bodies import parse_json_object, with_decoded_body
from magento_sync.errors import DatabaseUnavailable, MagentoSyncError
from magento_sync.messages import preferred_language
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from magento_sync.messages import Language

Body = TypeVar("Body", bound=BaseModel)
JSON = content_types.APPLICATION_JSON


class ApiResolver(APIGatewayHttpResolver):
    """A resolver that decodes and checks bodies before it routes."""

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Returns the response to an event of the HTTP API."""
        try:
            decoded = with_decoded_body(event)
        except ApiError as error:
            # The router has not seen the event yet, so its response is built here.
            headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
            language = preferred_language(headers.get("accept-language"))
            body = error_body(error, language, str(event["requestContext"]["requestId"]))
            return {
                "statusCode": error.status,
                "headers": {"Content-Type": JSON, **_headers(language, error.headers)},
                "body": json.dumps(body, ensure_ascii=False),
                "isBase64Encoded": False,
            }
        return super().resolve(decoded, context)


def api_resolver() -> ApiResolver:
    """Returns a resolver that turns every exception into an error response."""
    as_json = partial(json.dumps, ensure_ascii=False)
    app = ApiResolver(enable_validation=True, json_body_deserializer=parse_json_object, serializer=as_json)
    app.use([_check_query])

    @app.exception_handler(ApiError)  # type: ignore[untyped-decorator]  # Powertools does not type it
    def _api_error(error: ApiError) -> Response[Any]:
        return _error_response(app, error)

    @app.exception_handler(RequestValidationError)  # type: ignore[untyped-decorator]
    def _invalid(error: RequestValidationError) -> Response[Any]:
        errors = error.errors()
        if any(each["loc"][0] == "response" for each in errors):
            logger.error("A handler returned another type than it declares", route=app.context["_route"].path)
            return _error_response(app, ApiError(500, "INTERNAL_ERROR"))
        return _error_response(app, bad_request(*_query_errors(app), *validation_errors(errors)))

    @app.exception_handler(MagentoSyncError)  # type: ignore[untyped-decorator]
    def _known_error(error: MagentoSyncError) -> Response[Any]:
        logger.error("A request failed", reason=str(error))
        if isinstance(error, DatabaseUnavailable):
            return _error_response(app, ApiError(503, "UNAVAILABLE", headers={"Retry-After": "10"}))
        return _error_response(app, ApiError(500, "INTERNAL_ERROR"))

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def _bug(error: Exception) -> Response[Any]:
        # The exception's own text may hold personal data.
        logger.error("A request failed", error=type(error).__name__, trace=traceback.format_tb(error.__traceback__))
        return _error_response(app, ApiError(500, "INTERNAL_ERROR"))

    @app.not_found
    def _not_found(_error: Exception) -> Response[Any]:
        return _error_response(app, ApiError(404, "NOT_FOUND"))

    return app


def respond(
    app: APIGatewayHttpResolver, body: Body, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[Body]:
    """Returns a response with the caller's language. Powertools checks it against the handler's return type."""
    return Response(status, JSON, body, headers=dict(_headers(language(app), headers)))


def caller(app: APIGatewayHttpResolver) -> Caller:
    """Returns the caller of the current request."""
    return Caller.of(app.current_event["requestContext"])


def language(app: APIGatewayHttpResolver) -> Language:
    """Returns the language of the response."""
    return preferred_language(app.current_event.headers.get("accept-language"))


def _error_response(app: APIGatewayHttpResolver, error: ApiError) -> Response[Any]:
    body = error_body(error, language(app), str(app.current_event.request_context.request_id))
    return Response(error.status, JSON, body, headers=dict(_headers(language(app), error.headers)))


def _headers(language: Language, more: Mapping[str, str] | None) -> dict[str, str]:
    return {"Content-Language": language, "Cache-Control": "no-store", **(more or {})}


def _check_query(app: APIGatewayHttpResolver, next_middleware: Callable[..., Any]) -> Any:  # noqa: ANN401 - the next handler's
    """Rejects unknown and repeated query parameters, which Powertools ignores."""
    errors = _query_errors(app)
    if errors:
        raise bad_request(*errors)
    return next_middleware(app)


def _query_errors(app: APIGatewayHttpResolver) -> list[FieldError]:
    known = [field.alias for field in app.context["_route"].dependant.query_params]
    return query_errors(app.current_event.get("rawQueryString") or "", known)
