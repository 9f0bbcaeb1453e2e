"""The operations of `functions/manual_sync`."""

from magento_sync.api.models.examples import FAN_OUT, HISTORY, RESULT, RUN, RUNNING, STARTED, STATUS, STOPPING
from magento_sync.api.models.syncs import (
    FanOut,
    RunConflict,
    RunHistory,
    RunInProgress,
    RunView,
    SyncResult,
    WebsiteStatus,
)
from magento_sync.api.openapi.operation import MISSING_WEBSITE, UNKNOWN_PARAMETER, Operation, error, responses, success

START_SYNC = Operation(
    summary="Start a sync",
    description="Starts a sync of one website and waits for its result: 20 seconds, or `N` seconds with "
    "`Prefer: wait=N` (at most 25), or not at all with `Prefer: respond-async`. If the shop fails, that is a result "
    "too: `success` is `false`, with an error code and a sentence to show.",
    operation_id="startSync",
    tags=["Syncs"],
    responses=responses(
        success(200, "The sync has ended.", SyncResult, RESULT, headers=("Preference-Applied",)),
        success(
            202,
            "The sync is still running.",
            RunInProgress,
            STARTED,
            headers=("Location", "Retry-After", "Preference-Applied"),
        ),
        error(404, "WEBSITE_NOT_FOUND"),
        error(
            409,
            "ALREADY_RUNNING",
            "AUTO_UPLOAD_OFF",
            model=RunConflict,
            related={"ALREADY_RUNNING": {"run": RUNNING}},
            headers=("Location", "Retry-After"),
        ),
        error(502, "NOT_STARTED", headers=("Retry-After",)),
        invalid=MISSING_WEBSITE,
    ),
)
GET_STATUS = Operation(
    summary="Get a website's sync status",
    description="Returns the state of a website's sync, with its newest run (with live counts while it runs) and the "
    "orders that could not be read or stored.",
    operation_id="showStatus",
    tags=["Syncs"],
    responses=responses(
        success(200, "The website's sync status.", WebsiteStatus, STATUS),
        error(404, "WEBSITE_NOT_FOUND"),
        invalid=MISSING_WEBSITE,
    ),
)
LIST_RUNS = Operation(
    summary="List a website's syncs",
    description="Returns the runs of a website, newest first.",
    operation_id="listRuns",
    tags=["Syncs"],
    responses=responses(
        success(200, "A page of runs, newest first.", RunHistory, HISTORY),
        error(404, "WEBSITE_NOT_FOUND"),
        invalid=MISSING_WEBSITE,
    ),
)
GET_RUN = Operation(
    summary="Get a sync",
    description="Returns one run, with live counts while it runs. Poll it every two seconds to show progress.",
    operation_id="showRun",
    tags=["Syncs"],
    responses=responses(
        success(200, "The run.", RunView, RUN),
        error(404, "RUN_NOT_FOUND", "NOT_FOUND"),
        invalid=UNKNOWN_PARAMETER,
    ),
)
STOP_RUN = Operation(
    summary="Stop a sync",
    description="Stops a queued run at once, and a running one after its current page. Imported customers stay.",
    operation_id="stopRun",
    tags=["Syncs"],
    responses=responses(
        success(202, "The sync stops.", RunInProgress, STOPPING, headers=("Location", "Retry-After")),
        error(404, "RUN_NOT_FOUND", "NOT_FOUND"),
        error(409, "RUN_OVER", model=RunConflict, related={"RUN_OVER": {"run": RUN}}),
        invalid=UNKNOWN_PARAMETER,
    ),
)
FAN_OUT_NOW = Operation(
    summary="Start all due syncs",
    description="Does the schedule's work now, within 25 seconds. Not allowed for callers who are limited to some "
    "websites.",
    operation_id="fanOut",
    tags=["Schedule"],
    responses=responses(
        success(200, "How many syncs were started.", FanOut, FAN_OUT),
        error(403, "FORBIDDEN"),
        invalid=UNKNOWN_PARAMETER,
    ),
)
