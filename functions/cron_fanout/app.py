"""The schedule: starts a sync of every website that is due."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from magento_sync.aws.bootstrap import database, settings
from magento_sync.aws.invocations import start_site_sync
from magento_sync.deadline import Deadline
from magento_sync.observability import logger, publishes_metrics
from magento_sync.runs.dispatch import dispatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publishes_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Returns how many syncs were started, sent again or refused, and how many websites wait for a free place."""
    deadline = Deadline.of(context)
    start = partial(start_site_sync, settings().site_sync_function)
    report = dispatch(database(deadline), settings(), start, deadline)
    return asdict(report)
