"""Starting a website's sync by hand, and stopping it."""

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
LOOK_SECONDS = 0.3
AGAIN_SECONDS = 2  # when to look at a run again
RESERVE_SECONDS = 3.0  # for the answer, before the function's own time is up
REFUSALS: dict[str, tuple[int, ErrorCode]] = {
    "WEBSITE_NOT_FOUND": (404, "WEBSITE_NOT_FOUND"),
    "AUTO_UPLOAD_OFF": (409, "AUTO_UPLOAD_OFF"),
    "ALREADY_RUNNING": (409, "ALREADY_RUNNING"),
}


Body_co = TypeVar("Body_co", covariant=True)


@dataclass(frozen=True)
class ApiResponse(Generic[Body_co]):
    """What is answered where all went well."""

    body: Body_co
    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AutoSync:
    """What callers can do with a website's sync.

    Attributes:
        database: The app's.
        caller: Who asks.
        language: Of the sentences.
    """

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
        """Checks, claims, starts, and waits a while for the result.

        Returns:
            200 with the finished result, or 202 with the run's place where it is still going.

        Raises:
            ApiError: 404, 409, or 502 where the sync could not be started; its claim is given back.
        """
        self.caller.check_website(website_id)
        try:
            claim = self.database.run(claims.claim_website, website_id, trigger="manual")
        except Refusal as refusal:
            raise self._refused(refusal) from None
        try:
            starter(website_id=website_id, run_id=claim.run_id, trigger="manual")
        except InvocationRefused:
            self.database.run(claims.give_back, claim)
            # AWS's answer may have been lost on its way: then it was taken up all the same.
            if self._find(claim.run_id) is None:
                raise ApiError(502, "NOT_STARTED", headers={"Retry-After": "60"}) from None
        run = self._wait(claim.run_id, min(preference.wait, deadline.seconds_left() - RESERVE_SECONDS), sleep)
        finished = run.status in FINISHED
        applied = preference.applied(finished=finished)
        if finished:
            return ApiResponse(sync_result(run, self.language), 200, applied)
        shown = run_view(run, self.language)
        going = RunInProgress(success=True, message=sentence("STARTED", self.language), run=shown)
        return ApiResponse(going, 202, {**_place(run), **applied})

    def show(self, run_id: str) -> RunView:
        """One run with its live counts.

        Raises:
            ApiError: 404.
        """
        return run_view(self._run(run_id), self.language)

    def stop(self, run_id: str) -> ApiResponse[RunInProgress]:
        """Stops a run: what waits at once, what reads after the page in hand.

        Raises:
            ApiError: 404, or 409 where it has ended already.
        """
        self._run(run_id)
        try:
            run = self.database.run(cancel.stop, run_id)
        except Refusal:
            run = self._run(run_id)
        if run is None:
            raise ApiError(404, "RUN_NOT_FOUND")
        shown = run_view(run, self.language)
        if run.status in FINISHED and (run.status != "STOPPED" or run.stop_requested_at is None):
            raise ApiError(409, "RUN_OVER", {"run": shown})
        message = shown.message or sentence("STOPPING", self.language)
        return ApiResponse(RunInProgress(success=True, message=message, run=shown), 202, _place(run))

    def _refused(self, refusal: Refusal) -> ApiError:
        going = self._find(refusal.run_id) if refusal.run_id else None
        beside = {"run": run_view(going, self.language)} if going else None
        return ApiError(*REFUSALS[refusal.code], beside, headers=_place(going) if going else None)

    def _wait(self, run_id: str, seconds: float, sleep: Callable[[float], None]) -> Run:
        until = time.monotonic() + seconds
        run = self._own_run(run_id)
        while run.status not in FINISHED and time.monotonic() + LOOK_SECONDS <= until:
            sleep(LOOK_SECONDS)
            run = self._own_run(run_id)
        return run

    def _own_run(self, run_id: str) -> Run:
        run = self._find(run_id)
        # It went with its website: what this caller asked for is gone.
        if run is None:
            raise ApiError(404, "WEBSITE_NOT_FOUND")
        return run

    def _run(self, run_id: str) -> Run:
        run = self._find(run_id)
        # One that is not theirs is not there, as far as they can see.
        if run is None or not self.caller.may_touch(run.website_id):
            raise ApiError(404, "RUN_NOT_FOUND")
        return run

    def _find(self, run_id: str) -> Run | None:
        return self.database.run(runs.find, run_id)


def _place(run: Run) -> dict[str, str]:
    return {"Location": f"{RUNS_PATH}/{run.id}", "Retry-After": str(AGAIN_SECONDS)}
