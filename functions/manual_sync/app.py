"""The button "sync" in the app, and what the app shows of syncs: starts one, tells how it goes, stops it."""

from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.auto_sync import RUNS_PATH, AutoSync
from magento_sync.api.cron import fan_out_now
from magento_sync.api.models import FanOut, RunGoing, RunHistory, RunShown, SyncRequest, SyncResult, WebsiteStatus
from magento_sync.api.paging import Cursor, Limit
from magento_sync.api.prefer import preference_of
from magento_sync.api.resolver import answer, api_resolver, caller, language
from magento_sync.api.values import Id
from magento_sync.api.website_status import Looks
from magento_sync.dispatch import Starter
from magento_sync.invocations import start_site_sync
from magento_sync.observability import logger
from magento_sync.wiring import database, settings

PATH = "/api/magento/auto-sync"

app = api_resolver()

WebsiteId = Annotated[Id, Query(alias="websiteId")]
RunId = Annotated[Id, Path(alias="runId")]


@app.post(PATH)
def start(
    body: Annotated[SyncRequest, Body()], prefer: Annotated[str | None, Header()] = None
) -> Response[SyncResult | RunGoing]:
    """Checks, claims, starts, and waits a while for the result."""
    told = _syncs().start(_starter(), body.website_id, preference_of(prefer), _seconds_left)
    return answer(app, told.body, told.status, told.headers)


@app.get(PATH)
def status(website_id: WebsiteId) -> Response[WebsiteStatus]:
    """How a website's sync stands, with its newest run."""
    return answer(app, _looks().status(website_id))


@app.get(RUNS_PATH)
def history(website_id: WebsiteId, limit: Limit = 20, cursor: Cursor = None) -> Response[RunHistory]:
    """A website's runs, newest first."""
    return answer(app, _looks().history(website_id, limit, cursor))


@app.get(f"{RUNS_PATH}/<runId>")
def run(run_id: RunId) -> Response[RunShown]:
    """One run with its live counts."""
    return answer(app, _syncs().show(run_id))


@app.delete(f"{RUNS_PATH}/<runId>")
def stop(run_id: RunId) -> Response[RunGoing]:
    """Stops a run after the page in hand."""
    told = _syncs().stop(run_id)
    return answer(app, told.body, told.status, told.headers)


@app.get("/api/cron/auto-sync")
def cron() -> Response[FanOut]:
    """The schedule's work at once."""
    return answer(app, fan_out_now(database(), settings(), _starter(), caller(app), _seconds_left))


def _syncs() -> AutoSync:
    return AutoSync(database(), caller(app), language(app))


def _looks() -> Looks:
    return Looks(database(), caller(app), language(app))


def _starter() -> Starter:
    return partial(start_site_sync, settings().site_sync_function)


def _seconds_left() -> float:
    return app.lambda_context.get_remaining_time_in_millis() / 1000


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
