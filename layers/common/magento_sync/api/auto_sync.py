"""Starts, shows and stops syncs by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from magento_sync.api.http.errors import ApiError
from magento_sync.api.models.syncs import RunInProgress
from magento_sync.api.run_views import run_view, sync_result
from magento_sync.db import runs
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import InvocationRefused, Refusal
from magento_sync.messages import sentence
from magento_sync.runs import cancel, claims
from magento_sync.runs.reports import report_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.api.http.caller import Caller
    from magento_sync.api.http.errors import ErrorCode
    from magento_sync.api.http.prefer import Preference
    from magento_sync.api.models.syncs import RunView, SyncResult
    from magento_sync.db.connection.database import Database
    from magento_sync.db.run_record import Run
    from magento_sync.deadline import Deadline
    from magento_sync.messages import Language
    from magento_sync.runs.dispatch import Starter

RUNS_PATH = "/api/magento/auto-sync/runs"
POLL_SECONDS = 0.3
RETRY_AFTER_SECONDS = 2  # callers poll a run at this interval
RESERVE_SECONDS = 3.0  # kept for sending the response
STATUS_BY_REFUSAL: dict[str, tuple[int, ErrorCode]] = {
    "WEBSITE_NOT_FOUND": (404, "WEBSITE_NOT_FOUND"),
    "AUTO_UPLOAD_OFF": (409, "AUTO_UPLOAD_OFF"),
    "ALREADY_RUNNING": (409, "ALREADY_RUNNING"),
}


Body_co = TypeVar("Body_co", covariant=True)


@dataclass(frozen=True)
class ApiResponse(Generic[Body_co]):
    """A successful response whose status and headers depend on the result."""

    body: Body_co
    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AutoSync:
    """Starts, shows and stops syncs for a caller, with sentences in their language."""

    database: Database
    caller: Caller
    language: Language

    def start(
        self,
        starter: Starter,
        website_id: str,
        preference: Preference,
        deadline: Deadline,
        sleep: Callable[[float], None] = time.sleep,
    ) -> ApiResponse[SyncResult | RunInProgress]:
        """Claims the website, starts its sync, and waits for the result as long as the caller prefers.

        Returns:
            200 with the result, or 202 with the run if it has not ended.

        Raises:
            ApiError: 404, 409, or 502: the sync could not be started, and its claim was given back.
        """
        self.caller.check_website(website_id)
        try:
            claim = self.database.run(claims.claim_website, website_id, trigger="manual")
        except Refusal as refusal:
            raise self._error(refusal) from None
        try:
            starter(website_id=website_id, run_id=claim.run_id, trigger="manual")
        except InvocationRefused:
            self.database.run(claims.give_back, claim)
            # If only AWS's response was lost, the run has started, and its claim stays.
            if self._find(claim.run_id) is None:
                raise ApiError(502, "NOT_STARTED", headers={"Retry-After": "60"}) from None
        run = self._wait(claim.run_id, min(preference.wait, deadline.seconds_left() - RESERVE_SECONDS), sleep)
        finished = run.status in FINISHED
        applied = preference.applied(finished=finished)
        if finished:
            return ApiResponse(sync_result(run, self.language), 200, applied)
        message = sentence("STARTED", self.language)
        in_progress = RunInProgress(success=True, message=message, run=run_view(run, self.language))
        return ApiResponse(in_progress, 202, {**_run_headers(run), **applied})

    def show(self, run_id: str) -> RunView:
        """Returns a run with its live counts.

        Raises:
            ApiError: 404.
        """
        return run_view(self._run(run_id), self.language)

    def stop(self, run_id: str) -> ApiResponse[RunInProgress]:
        """Stops a queued run at once, and a running one after its current page.

        Raises:
            ApiError: 404, or 409 if the run has already ended.
        """
        before = self._run(run_id)
        try:
            run = self.database.run(cancel.cancel_run, run_id)
        except Refusal:
            run = self._run(run_id)
        if run is None:
            raise ApiError(404, "RUN_NOT_FOUND")
        if run.status == "STOPPED" and before.status not in FINISHED:
            report_end(self.database, run)
        view = run_view(run, self.language)
        if run.status in FINISHED and (run.status != "STOPPED" or run.stop_requested_at is None):
            raise ApiError(409, "RUN_OVER", {"run": view})
        message = view.message or sentence("STOPPING", self.language)
        return ApiResponse(RunInProgress(success=True, message=message, run=view), 202, _run_headers(run))

    def _error(self, refusal: Refusal) -> ApiError:
        status, code = STATUS_BY_REFUSAL[refusal.code]
        run = self._find(refusal.run_id) if refusal.run_id else None
        if run is None:
            return ApiError(status, code)
        return ApiError(status, code, {"run": run_view(run, self.language)}, headers=_run_headers(run))

    def _wait(self, run_id: str, seconds: float, sleep: Callable[[float], None]) -> Run:
        until = time.monotonic() + seconds
        run = self._started_run(run_id)
        while run.status not in FINISHED and time.monotonic() + POLL_SECONDS <= until:
            sleep(POLL_SECONDS)
            run = self._started_run(run_id)
        return run

    def _started_run(self, run_id: str) -> Run:
        run = self._find(run_id)
        # Runs are deleted with their website.
        if run is None:
            raise ApiError(404, "WEBSITE_NOT_FOUND")
        return run

    def _run(self, run_id: str) -> Run:
        run = self._find(run_id)
        # The same error for both, so that callers cannot probe for other websites' runs.
        if run is None or not self.caller.may_access(run.website_id):
            raise ApiError(404, "RUN_NOT_FOUND")
        return run

    def _find(self, run_id: str) -> Run | None:
        return self.database.run(runs.find, run_id)


def _run_headers(run: Run) -> dict[str, str]:
    return {"Location": f"{RUNS_PATH}/{run.id}", "Retry-After": str(RETRY_AFTER_SECONDS)}
