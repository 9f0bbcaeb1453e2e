"""The router that API functions share: every answer is JSON, every error has one shape, nothing is a bare 500."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types

from magento_sync.api.errors import ApiError, error_json
from magento_sync.errors import MagentoSyncError
from magento_sync.messages import language_of
from magento_sync.observability import logger

if TYPE_CHECKING:
    from magento_sync.messages import Language


def api_resolver() -> APIGatewayHttpResolver:
    """A resolver whose errors are told in the shape of `error_json`."""
    app = APIGatewayHttpResolver()

    @app.exception_handler(ApiError)  # type: ignore[untyped-decorator]  # Powertools does not type it
    def _told(error: ApiError) -> Response[Any]:
        return answer(app, error_json(error, language(app), _request_id(app)), error.status)

    @app.exception_handler(MagentoSyncError)  # type: ignore[untyped-decorator]
    def _ours(error: MagentoSyncError) -> Response[Any]:
        logger.error("A request failed", reason=str(error))
        return answer(app, error_json(ApiError(500, "INTERNAL_ERROR"), language(app), _request_id(app)), 500)

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def _bug(error: Exception) -> Response[Any]:
        # Where it happened, but not the exception's own words: they may hold anything.
        logger.error("A request failed", error=type(error).__name__, trace=traceback.format_tb(error.__traceback__))
        return answer(app, error_json(ApiError(500, "INTERNAL_ERROR"), language(app), _request_id(app)), 500)

    @app.not_found
    def _nothing_here(_error: Exception) -> Response[Any]:
        return answer(app, error_json(ApiError(404, "NOT_FOUND"), language(app), _request_id(app)), 404)

    return app


def answer(
    app: APIGatewayHttpResolver, body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response[Any]:
    """A JSON answer that says in which language its sentences are."""
    told = {"Content-Language": language(app), "Cache-Control": "no-store", **(headers or {})}
    return Response(status, content_types.APPLICATION_JSON, json.dumps(body, ensure_ascii=False), headers=dict(told))


def body_of(app: APIGatewayHttpResolver) -> str | None:
    """The request's body as text.

    Raises:
        ApiError: 400, where it is none.
    """
    try:
        return app.current_event.decoded_body
    except ValueError:
        raise ApiError(400, "BAD_REQUEST") from None


def language(app: APIGatewayHttpResolver) -> Language:
    """The language that the caller wants to read."""
    return language_of(app.current_event.headers.get("accept-language"))


def _request_id(app: APIGatewayHttpResolver) -> str:
    return str(app.current_event.request_context.request_id)
