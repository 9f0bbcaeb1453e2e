"""The operations of `functions/manual_sync`."""

from magento_sync.api.http.errors import ApiError
from magento_sync.api.models.examples import (
    FAN_OUT,
    HISTORY,
    RESULT,
    RUN,
    RUNNING,
    STARTED,
    STATUS,
    STOPPING,
    WEBSITES,
)
from magento_sync.api.models.syncs import RunConflict
from magento_sync.api.openapi.operation import READ, WRITE, Operation, responses, success

RUN_HEADERS = {"Location": "/api/magento/auto-sync/runs/c1", "Retry-After": "2"}

START_SYNC = Operation(
    summary="Start a sync",
    description="Starts a sync of one website and waits for its result: 20 seconds, or `N` seconds with "
    "`Prefer: wait=N` (at most 25), or not at all with `Prefer: respond-async`. If the shop fails, that is a result "
    "too: `success` is `false`, with an error code and a sentence to show.",
    operation_id="startSync",
    tags=["Syncs"],
    security=WRITE,
    responses=responses(
        {
            200: success("The sync has ended.", RESULT, "Preference-Applied"),
            202: success("The sync is still running.", STARTED, *RUN_HEADERS, "Preference-Applied"),
        },
        ApiError(404, "WEBSITE_NOT_FOUND"),
        ApiError(409, "ALREADY_RUNNING", {"run": RUNNING}, headers=RUN_HEADERS),
        ApiError(409, "AUTO_UPLOAD_OFF"),
        ApiError(502, "NOT_STARTED", headers={"Retry-After": "60"}),
        conflict_model=RunConflict,
    ),
)
GET_STATUS = Operation(
    summary="Get a website's sync status",
    description="Returns the state of a website's sync, with its newest run (with live counts while it runs) and the "
    "orders that could not be read or stored.",
    operation_id="showStatus",
    tags=["Syncs"],
    security=READ,
    responses=responses({200: success("The website's sync status.", STATUS)}, ApiError(404, "WEBSITE_NOT_FOUND")),
)
LIST_WEBSITES = Operation(
    summary="List all websites",
    description="Returns every website that the caller may access, with what a table shows of it: its state, its "
    "newest run (with live counts while it runs), its error and its counts. Poll it to show the progress of all.",
    operation_id="listWebsites",
    tags=["Syncs"],
    security=READ,
    responses=responses({200: success("A page of websites, by domain.", WEBSITES)}),
)
LIST_RUNS = Operation(
    summary="List a website's syncs",
    description="Returns the runs of a website, newest first.",
    operation_id="listRuns",
    tags=["Syncs"],
    security=READ,
    responses=responses({200: success("A page of runs, newest first.", HISTORY)}, ApiError(404, "WEBSITE_NOT_FOUND")),
)
GET_RUN = Operation(
    summary="Get a sync",
    description="Returns one run, with live counts while it runs. Poll it every two seconds to show progress.",
    operation_id="showRun",
    tags=["Syncs"],
    security=READ,
    responses=responses(
        {200: success("The run.", RUN)},
        ApiError(404, "RUN_NOT_FOUND"),
        ApiError(404, "NOT_FOUND"),
    ),
)
STOP_RUN = Operation(
    summary="Stop a sync",
    description="Stops a queued run at once, and a running one after its current page. Imported customers stay.",
    operation_id="stopRun",
    tags=["Syncs"],
    security=WRITE,
    responses=responses(
        {202: success("The sync stops.", STOPPING, *RUN_HEADERS)},
        ApiError(404, "RUN_NOT_FOUND"),
        ApiError(404, "NOT_FOUND"),
        ApiError(409, "RUN_OVER", {"run": RUN}),
        conflict_model=RunConflict,
    ),
)
FAN_OUT_NOW = Operation(
    summary="Start all due syncs",
    description="Does the schedule's work now, within 25 seconds. Not allowed for callers who are limited to some "
    "websites.",
    operation_id="fanOut",
    tags=["Schedule"],
    security=WRITE,
    responses=responses({200: success("How many syncs were started.", FAN_OUT)}, ApiError(403, "FORBIDDEN")),
)
