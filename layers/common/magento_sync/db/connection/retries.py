"""Which failures of the database are transient, and how often a transaction is repeated because of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors
from tenacity import Retrying, retry_if_exception_type, wait_exponential, wait_random

from magento_sync.errors import DatabaseUnavailable
from magento_sync.observability import logger

if TYPE_CHECKING:
    import psycopg
    from tenacity import RetryCallState

    from magento_sync.deadline import Deadline

ATTEMPTS = 6
FIRST_DELAY_SECONDS = 0.25  # doubles each time: about ten seconds in all, in which a server restarts
LONGEST_DELAY_SECONDS = 4.0
RESERVE_SECONDS = 5.0  # kept for reporting the failure

# PostgreSQL's appendix A: serialization, deadlock, lock_timeout, read-only, shutdown and start, too many connections.
TRANSIENT = {"40001", "40P01", "55P03", "25006", "57P01", "57P02", "57P03", "53300"}
CONNECTION_CLASS = "08"


def is_transient(error: psycopg.Error, *, broken: bool) -> bool:
    """Returns whether the same transaction can succeed in a moment; a broken connection may have no SQLSTATE."""
    state = error.sqlstate or ""
    lost = broken and isinstance(error, errors.OperationalError) and not state
    return lost or state in TRANSIENT or state.startswith(CONNECTION_CLASS)


def retrying(deadline: Deadline | None, error: type[Exception]) -> Retrying:
    """Returns a caller that retries a function after such an error, with growing pauses, until the deadline.

    Without a deadline, the function is called once.
    """

    def is_enough(state: RetryCallState) -> bool:
        return (
            deadline is None
            or state.attempt_number >= ATTEMPTS
            or state.upcoming_sleep + RESERVE_SECONDS > deadline.seconds_left()
        )

    return Retrying(
        retry=retry_if_exception_type(error),
        wait=wait_exponential(multiplier=FIRST_DELAY_SECONDS, max=LONGEST_DELAY_SECONDS)
        + wait_random(0, FIRST_DELAY_SECONDS),
        stop=is_enough,
        before_sleep=_log,
        reraise=True,
    )


def _log(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    reason = str(error) if isinstance(error, DatabaseUnavailable) else type(error).__name__
    logger.warning("Retrying the database", reason=reason, attempt=state.attempt_number)
