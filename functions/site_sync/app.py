"""Syncs one website. The event is `{"websiteId"}`, with `runId` and `trigger` from the dispatcher, or with `dryRun`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magento_sync.aws.bootstrap import database, settings
from magento_sync.aws.invocations import start_site_sync
from magento_sync.deadline import Deadline
from magento_sync.errors import ConfigurationError
from magento_sync.observability import logger, publishes_metrics
from magento_sync.sync.website_sync import Sync

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from magento_sync.sync.result import Summary


@logger.inject_lambda_context(clear_state=True)
@publishes_metrics
def handler(event: Any, context: LambdaContext) -> Summary:  # noqa: ANN401 - any JSON
    """Returns the summary of the run."""
    website_id, run_id, dry = _parse(event)
    # Lambda retries an event with the same request id, so the retry continues its own run.
    direct_run_id = f"direct-{context.aws_request_id}"
    logger.append_keys(website_id=website_id, run_id=run_id or direct_run_id)
    deadline = Deadline.of(context)
    if dry:
        # Rarely needed, so not at every cold start.
        from magento_sync.sync.dry_run import dry_run  # noqa: PLC0415

        return dry_run(database(deadline), settings(), deadline, website_id)
    go_on = partial(start_site_sync, settings().site_sync_function, trigger="continuation")
    sync = Sync(
        database(deadline),
        settings(),
        deadline,
        lambda website, run: go_on(website_id=website, run_id=run),
    )
    if run_id is not None:
        return sync.run(website_id, run_id)
    return sync.claim_and_run(website_id, direct_run_id)


def _parse(event: Any) -> tuple[str, str | None, bool]:  # noqa: ANN401
    """Returns the website's id, the run's id if the run is claimed already, and whether this is a dry run.

    Raises:
        ConfigurationError: The event is invalid.
    """
    values = event if isinstance(event, dict) else {}
    website_id, run_id, dry = values.get("websiteId"), values.get("runId"), values.get("dryRun", False)
    # Types are checked, so that a mistyped dryRun never becomes a real sync.
    if (
        not isinstance(website_id, str)
        or not website_id
        or not isinstance(run_id, str | None)
        or not isinstance(dry, bool)
    ):
        raise ConfigurationError(
            'The event must be {"websiteId": "…"}, with "runId" and "trigger" or with "dryRun": true.'
        )
    return website_id, run_id, dry
