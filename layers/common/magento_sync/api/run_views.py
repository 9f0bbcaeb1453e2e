"""Builds the response bodies of a run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

from magento_sync.api.models.syncs import RunView, SyncResult
from magento_sync.db.run_record import FINISHED
from magento_sync.messages import imported, sentence

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.run_record import Run
    from magento_sync.messages import Language


def run_view(run: Run, language: Language) -> RunView:
    """Returns the run with its live counts."""
    return RunView.model_validate(
        {
            **asdict(run),
            **asdict(run.counts),
            "imported_customers": run.counts.imported,
            "failed_orders": run.counts.failed,
            "watermark": run.to_entity_id,
            "message": _message(run, language) if run.status in FINISHED else None,
            "error_message": _error_message(run, language),
            "queued_at": timestamp(run.queued_at),
            "started_at": timestamp(run.started_at),
            "stop_requested_at": timestamp(run.stop_requested_at),
            "finished_at": timestamp(run.finished_at),
        }
    )


def sync_result(run: Run, language: Language) -> SyncResult:
    """Returns the result of a run that has ended. A failure of the shop is a result too."""
    view = run_view(run, language)
    return SyncResult.model_validate({**view.model_dump(), "success": run.status == "COMPLETED", "run": view})


def timestamp(moment: datetime | None) -> str | None:
    """Returns a time of the database in ISO 8601, UTC, with milliseconds, as JavaScript writes it."""
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _message(run: Run, language: Language) -> str:
    new_customers = imported(run.counts.imported, language)
    if run.status == "COMPLETED":
        return new_customers
    return _error_message(run, language) or sentence("STOPPED", language, {"imported": new_customers})


def _error_message(run: Run, language: Language) -> str | None:
    if run.error_code is None:
        return None
    try:
        return sentence(run.error_code, language, run.error_parameters)
    except KeyError:
        # Another version of this system wrote the code.
        return run.error_message
