"""The button "sync" in the app, and what the app shows of syncs: starts one, tells how it goes, stops it."""

from functools import partial
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_HTTP
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.auto_sync import RUNS_PATH, AutoSync
from magento_sync.api.fan_out import fan_out_now
from magento_sync.api.http.paging import Cursor, Limit
from magento_sync.api.http.prefer import preference_of
from magento_sync.api.http.resolver import answer, api_resolver, caller, language
from magento_sync.api.models.examples import FAN_OUT, HISTORY, RESULT, RUN, RUNNING, STARTED, STATUS, STOPPING
from magento_sync.api.models.syncs import (
    FanOut,
    RunConflict,
    RunHistory,
    RunInProgress,
    RunView,
    SyncRequest,
    SyncResult,
    WebsiteStatus,
)
from magento_sync.api.models.values import EncodedId, Id
from magento_sync.api.openapi.responses import MISSING_WEBSITE, UNKNOWN_NAME, answers, error, success
from magento_sync.api.sync_status import SyncStatusQueries
from magento_sync.aws.bootstrap import database, settings
from magento_sync.aws.invocations import start_site_sync
from magento_sync.deadline import Deadline
from magento_sync.observability import logger
from magento_sync.runs.dispatch import Starter

PATH = "/api/magento/auto-sync"
PREFER = "`wait=N` (seconds, 25 at most) or `respond-async` (RFC 7240); anything else is passed over."

app = api_resolver()

WebsiteId = Annotated[Id, Query(alias="websiteId", description="The website's id in the app's table `Website`.")]
RunId = Annotated[EncodedId, Path(alias="runId", description="As the answer to the start names it.")]


@app.post(
    PATH,
    summary="Start a sync",
    description="Of one website, and waits for its result: 20 seconds, or as many as `Prefer: wait=N` says (25 at most), or not at "
    "all with `Prefer: respond-async`. What the shop failed is a result too: `success` is false then, with a code and a sentence.",
    operation_id="startSync",
    tags=["Syncs"],
    responses=answers(
        success(200, "The sync has ended.", SyncResult, RESULT, "Preference-Applied"),
        success(202, "It goes on.", RunInProgress, STARTED, "Location", "Retry-After", "Preference-Applied"),
        error(404, "WEBSITE_NOT_FOUND"),
        error(
            409,
            *("ALREADY_RUNNING", "AUTO_UPLOAD_OFF"),
            model=RunConflict,
            beside={"ALREADY_RUNNING": {"run": RUNNING}},
            headers=("Location", "Retry-After"),
        ),
        error(502, "NOT_STARTED", headers=("Retry-After",)),
        fault=MISSING_WEBSITE,
    ),
)
def start(
    body: Annotated[SyncRequest, Body()], prefer: Annotated[str | None, Header(description=PREFER)] = None
) -> Response[SyncResult | RunInProgress]:
    """Checks, claims, starts, and waits a while for the result."""
    outcome = _syncs().start(_starter(), body.website_id, preference_of(prefer), _deadline())
    return answer(app, outcome.body, outcome.status, outcome.headers)


@app.get(
    PATH,
    summary="Show how a website's sync stands",
    description="With its newest run, live counts while that goes on, and the orders that could not be read or stored.",
    operation_id="showStatus",
    tags=["Syncs"],
    responses=answers(
        success(200, "The website's sync.", WebsiteStatus, STATUS),
        error(404, "WEBSITE_NOT_FOUND"),
        fault=MISSING_WEBSITE,
    ),
)
def status(website_id: WebsiteId) -> Response[WebsiteStatus]:
    """How a website's sync stands, with its newest run."""
    return answer(app, _looks().status(website_id))


@app.get(
    RUNS_PATH,
    summary="List a website's syncs",
    description="The newest first.",
    operation_id="listRuns",
    tags=["Syncs"],
    responses=answers(
        success(200, "Runs, the newest first.", RunHistory, HISTORY),
        error(404, "WEBSITE_NOT_FOUND"),
        fault=MISSING_WEBSITE,
    ),
)
def history(website_id: WebsiteId, limit: Limit = 20, cursor: Cursor = None) -> Response[RunHistory]:
    """A website's runs, newest first."""
    return answer(app, _looks().history(website_id, limit, cursor))


@app.get(
    f"{RUNS_PATH}/<runId>",
    summary="Show a sync",
    description="With live counts while it goes on. Ask every two seconds for a bar that moves.",
    operation_id="showRun",
    tags=["Syncs"],
    responses=answers(
        success(200, "The run.", RunView, RUN), error(404, "RUN_NOT_FOUND", "NOT_FOUND"), fault=UNKNOWN_NAME
    ),
)
def run(run_id: RunId) -> Response[RunView]:
    """One run with its live counts."""
    return answer(app, _syncs().show(run_id))


@app.delete(
    f"{RUNS_PATH}/<runId>",
    summary="Stop a sync",
    description="What waits ends at once, what reads ends after the page in hand. What was imported stays.",
    operation_id="stopRun",
    tags=["Syncs"],
    responses=answers(
        success(202, "It ends.", RunInProgress, STOPPING, "Location", "Retry-After"),
        error(404, "RUN_NOT_FOUND", "NOT_FOUND"),
        error(409, "RUN_OVER", model=RunConflict, beside={"RUN_OVER": {"run": RUN}}),
        fault=UNKNOWN_NAME,
    ),
)
def stop(run_id: RunId) -> Response[RunInProgress]:
    """Stops a run after the page in hand."""
    outcome = _syncs().stop(run_id)
    return answer(app, outcome.body, outcome.status, outcome.headers)


@app.get(
    "/api/cron/auto-sync",
    summary="Start every sync that is due",
    description="The schedule's work at once, within 25 seconds; not for callers who are limited to some websites.",
    operation_id="fanOut",
    tags=["Schedule"],
    responses=answers(success(200, "What came of it.", FanOut, FAN_OUT), error(403, "FORBIDDEN"), fault=UNKNOWN_NAME),
)
def cron() -> Response[FanOut]:
    """The schedule's work at once."""
    deadline = _deadline()
    return answer(app, fan_out_now(database(deadline), settings(), _starter(), caller(app), deadline))


def _syncs() -> AutoSync:
    return AutoSync(database(_deadline()), caller(app), language(app))


def _looks() -> SyncStatusQueries:
    return SyncStatusQueries(database(_deadline()), caller(app), language(app))


def _starter() -> Starter:
    return partial(start_site_sync, settings().site_sync_function)


def _deadline() -> Deadline:
    return Deadline.of(app.lambda_context)


@logger.inject_lambda_context(correlation_id_path=API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
