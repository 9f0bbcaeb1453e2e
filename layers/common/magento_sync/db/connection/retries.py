"""Trying the database again: what may pass, how often, and never past the time that is left."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from psycopg import errors
from tenacity import Retrying, retry_if_exception_type, wait_exponential, wait_random

from magento_sync.errors import DatabaseUnavailable, TransactionUndone
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from tenacity import RetryCallState

    from magento_sync.db.connection.database import Database

P = ParamSpec("P")
Result = TypeVar("Result")

ATTEMPTS = 6
FIRST_DELAY_SECONDS = 0.25  # doubling: about ten seconds in all, in which a server restarts
LONGEST_DELAY_SECONDS = 4.0
RESERVE_SECONDS = 5.0  # kept, to tell of the failure

# PostgreSQL's appendix A: serialization, deadlock, lock_timeout, shutting down and starting up, too many connections.
PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
CONNECTION_CLASS = "08"


def is_transient(error: psycopg.Error, *, broken: bool) -> bool:
    """Whether the same transaction may succeed in a moment.

    Args:
        error: Why it failed.
        broken: Whether the connection is gone; libpq notices that without an SQLSTATE.
    """
    state = error.sqlstate or ""
    lost = broken and isinstance(error, errors.OperationalError) and not state
    return lost or state in PASSING or state.startswith(CONNECTION_CLASS)


def retrying(seconds_left: Callable[[], float], what: type[Exception]) -> Retrying:
    """Repeats what fails with such an error, a few times, with growing pauses, within the time that is left."""

    def enough(state: RetryCallState) -> bool:
        return state.attempt_number >= ATTEMPTS or state.upcoming_sleep + RESERVE_SECONDS > seconds_left()

    return Retrying(
        retry=retry_if_exception_type(what),
        wait=wait_exponential(multiplier=FIRST_DELAY_SECONDS, max=LONGEST_DELAY_SECONDS)
        + wait_random(0, FIRST_DELAY_SECONDS),
        stop=enough,
        before_sleep=_tell,
        reraise=True,
    )


def retry_transaction(step: Callable[Concatenate[Database, P], Result]) -> Callable[Concatenate[Database, P], Result]:
    """A step that is one transaction, and does nothing else: it is repeated when it was undone for a reason that may pass.

    `Database.transaction` says that it was undone only when that is certain, so nothing is done twice.
    """

    @wraps(step)
    def retried_step(database: Database, /, *values: P.args, **names: P.kwargs) -> Result:
        return retrying(database.seconds_left, TransactionUndone)(step, database, *values, **names)

    return retried_step


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    reason = str(error) if isinstance(error, DatabaseUnavailable) else type(error).__name__
    logger.warning("The database is tried again", reason=reason, attempt=state.attempt_number)
