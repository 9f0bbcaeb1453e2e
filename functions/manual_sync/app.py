"""The button "sync" in the app: starts one website's sync and tells how it goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magento_sync.api.auto_sync import show_run, start_sync, website_id_of
from magento_sync.api.prefer import wait_seconds
from magento_sync.api.resolver import answer, api_resolver, body_of, language
from magento_sync.invocations import start_site_sync
from magento_sync.observability import logger
from magento_sync.wiring import database, settings

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = api_resolver()


@app.post("/api/magento/auto-sync")
def start() -> Response[Any]:
    """Checks, claims, starts, and waits a while for the result."""
    event = app.current_event
    body, status, headers = start_sync(
        database(),
        partial(start_site_sync, settings().site_sync_function),
        website_id_of(body_of(app)),
        wait=wait_seconds(event.headers.get("prefer")),
        language=language(app),
    )
    return answer(app, body, status, headers)


@app.get("/api/magento/auto-sync/runs/<run_id>")
def run(run_id: str) -> Response[Any]:
    """One run with its live counts."""
    return answer(app, show_run(database(), run_id, language(app)))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
