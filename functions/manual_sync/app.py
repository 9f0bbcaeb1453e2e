"""The sync button: starts, shows and stops syncs, of one website or of all."""

from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_HTTP
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.auto_sync import RUNS_PATH, AutoSync
from magento_sync.api.fan_out import fan_out_now
from magento_sync.api.http.prefer import parse_prefer
from magento_sync.api.http.resolver import api_resolver, caller, language, respond
from magento_sync.api.models import syncs, websites
from magento_sync.api.models.parameters import (
    Cursor,
    DomainText,
    Limit,
    Prefer,
    RunId,
    StateFilter,
    WebsiteId,
    WebsiteSort,
)
from magento_sync.api.openapi import sync_operations as operations
from magento_sync.api.sync_status import SyncStatusQueries
from magento_sync.api.website_overview import WebsiteQuery, list_websites
from magento_sync.aws.bootstrap import database, settings
from magento_sync.aws.invocations import start_site_sync
from magento_sync.deadline import Deadline
from magento_sync.observability import logger, publishes_metrics
from magento_sync.runs.dispatch import Starter

PATH = "/api/magento/auto-sync"

app = api_resolver()


@app.post(PATH, **operations.START_SYNC)
def start(
    body: Annotated[syncs.SyncRequest, Body()], prefer: Prefer = None
) -> Response[syncs.SyncResult | syncs.RunInProgress]:
    """Starts a sync and waits for its result, as long as the caller prefers."""
    response = _auto_sync().start(_starter(), body.website_id, parse_prefer(prefer), _deadline())
    return respond(app, response.body, response.status, response.headers)


@app.get(PATH, **operations.GET_STATUS)
def status(website_id: WebsiteId) -> Response[syncs.WebsiteStatus]:
    """Returns a website's sync status."""
    return respond(app, _queries().status(website_id))


@app.get(RUNS_PATH, **operations.LIST_RUNS)
def history(website_id: WebsiteId, limit: Limit = 20, cursor: Cursor = None) -> Response[syncs.RunHistory]:
    """Returns a page of a website's runs."""
    return respond(app, _queries().history(website_id, limit, cursor))


@app.get(f"{RUNS_PATH}/<runId>", **operations.GET_RUN)
def show(run_id: RunId) -> Response[syncs.RunView]:
    """Returns a run."""
    return respond(app, _auto_sync().show(run_id))


@app.delete(f"{RUNS_PATH}/<runId>", **operations.STOP_RUN)
def stop(run_id: RunId) -> Response[syncs.RunInProgress]:
    """Stops a run."""
    response = _auto_sync().stop(run_id)
    return respond(app, response.body, response.status, response.headers)


@app.get("/api/magento/websites", **operations.LIST_WEBSITES)
def overview(
    state: StateFilter = None,
    q: DomainText = None,
    sort: WebsiteSort = "domain",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[websites.WebsitePage]:
    """Returns a page of all websites."""
    query = WebsiteQuery(state, q or None, sort == "failing", limit, cursor)
    return respond(app, list_websites(database(_deadline()), caller(app), language(app), query))


@app.get("/api/cron/auto-sync", **operations.FAN_OUT_NOW)
def fan_out() -> Response[syncs.FanOut]:
    """Starts all due syncs."""
    return respond(app, fan_out_now(database(_deadline()), settings(), _starter(), caller(app), _deadline()))


@logger.inject_lambda_context(correlation_id_path=API_GATEWAY_HTTP, clear_state=True)
@publishes_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the response to a request of the HTTP API."""
    return app.resolve(event, context)


def _auto_sync() -> AutoSync:
    return AutoSync(database(_deadline()), caller(app), language(app))


def _queries() -> SyncStatusQueries:
    return SyncStatusQueries(database(_deadline()), caller(app), language(app))


def _starter() -> Starter:
    return partial(start_site_sync, settings().site_sync_function)


def _deadline() -> Deadline:
    return Deadline.of(app.lambda_context)
