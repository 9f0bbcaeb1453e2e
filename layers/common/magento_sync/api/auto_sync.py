"""`/api/magento/auto-sync`: starting a sync by hand and looking at it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from magento_sync import claims, runs
from magento_sync.api.errors import ApiError
from magento_sync.api.runs import result_json, run_json
from magento_sync.errors import InvocationRefused, Refusal
from magento_sync.messages import sentence
from magento_sync.run_record import FINISHED
from magento_sync.storable import storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.database import Database
    from magento_sync.dispatch import Starter
    from magento_sync.messages import Language
    from magento_sync.run_record import Run

RUNS_PATH = "/api/magento/auto-sync/runs"
LOOK_SECONDS = 0.3
LONGEST_ID = 200
REFUSAL_STATUS = {"WEBSITE_NOT_FOUND": 404, "AUTO_UPLOAD_OFF": 409, "ALREADY_RUNNING": 409}

Answer = tuple[dict[str, Any], int, dict[str, str]]


def website_id_of(body: str | None) -> str:
    """The `websiteId` of a request's body.

    Raises:
        ApiError: 400.
    """
    try:
        values = json.loads(body or "")
    except (ValueError, RecursionError):
        values = None
    website_id = values.get("websiteId") if isinstance(values, dict) else None
    if not isinstance(website_id, str) or not 0 < len(website_id) <= LONGEST_ID or website_id != storable(website_id):
        raise ApiError(400, "BAD_REQUEST")
    return website_id


def start_sync(  # noqa: PLR0913 - what the answer depends on
    database: Database,
    start: Starter,
    website_id: str,
    *,
    wait: float,
    language: Language,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Checks, claims, starts, and waits a while for the result.

    Returns:
        200 with the finished result, or 202 with the run's place where it is still going.

    Raises:
        ApiError: 404, 409, or 502 where the sync could not be started; its claim is given back.
    """
    try:
        claim = claims.claim_website(database, website_id, trigger="manual")
    except Refusal as refusal:
        going = _find(database, refusal.run_id) if refusal.run_id else None
        beside = {"run": run_json(going, language)} if going else None
        raise ApiError(REFUSAL_STATUS[refusal.code], refusal.code, beside) from None
    try:
        start(website_id=website_id, run_id=claim.run_id, trigger="manual")
    except InvocationRefused:
        claims.give_back(database, claim)
        raise ApiError(502, "NOT_STARTED") from None
    run = _wait(database, claim.run_id, wait, sleep)
    if run.status in FINISHED:
        return result_json(run, language), 200, {}
    started = {"success": True, "message": sentence("STARTED", language), "run": run_json(run, language)}
    return started, 202, {"Location": f"{RUNS_PATH}/{run.id}", "Retry-After": "2"}


def show_run(database: Database, run_id: str, language: Language) -> dict[str, Any]:
    """One run with its live counts.

    Raises:
        ApiError: 404.
    """
    return run_json(_run(database, run_id), language)


def _wait(database: Database, run_id: str, seconds: float, sleep: Callable[[float], None]) -> Run:
    deadline = time.monotonic() + seconds
    run = _run(database, run_id)
    while run.status not in FINISHED and time.monotonic() + LOOK_SECONDS <= deadline:
        sleep(LOOK_SECONDS)
        run = _run(database, run_id)
    return run


def _run(database: Database, run_id: str) -> Run:
    run = _find(database, run_id)
    if run is None:
        raise ApiError(404, "RUN_NOT_FOUND")
    return run


def _find(database: Database, run_id: str) -> Run | None:
    if run_id != storable(run_id):
        return None
    with database.transaction() as transaction:
        return runs.find(transaction, run_id)
