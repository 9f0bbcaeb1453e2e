"""The schedule's work: starts a sync for every website whose time has come."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from magento_sync.aws.invocations import start_site_sync
from magento_sync.aws.bootstrap import database_within, settings
from magento_sync.observability import logger, metrics
from magento_sync.runs.dispatch import dispatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Answers how many syncs were started, sent again, refused, and how many websites wait for a place."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    report = dispatch(
        database_within(seconds_left),
        settings(),
        partial(start_site_sync, settings().site_sync_function),
        seconds_left,
    )
    return asdict(report)
