"""Opens connections to PostgreSQL, and types the failures by what can be done about them.

libpq gives no SQLSTATE for a connection that could not be made (github.com/psycopg/psycopg/issues/1188): the code is
not in the error, nor in libpq's trace, and a verbosity can be set for open connections only. So this module searches
the error's text: for libpq's own words about TLS, which are always English here, and for the server's words about
credentials. Anything else, such as a limit of connections, a pooler's words, or a server in another language, counts
as transient: the few retries that a wrong password then gets do no harm, because PostgreSQL locks no account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, timeout_from_conninfo
from psycopg.rows import dict_row

from magento_sync.errors import ConfigurationError, DatabaseUnavailable, OperatorError

if TYPE_CHECKING:
    from magento_sync.db.connection.database_url import DatabaseUrl
    from magento_sync.db.connection.transaction import Row

# A handshake that the network cuts short is transient.
TLS = re.compile(r"(?:, port \d+ failed|is bad): (?!SSL SYSCALL|.*unexpected eof)(.*(?:SSL|certificate).*)")
CREDENTIALS = re.compile(
    r"FATAL:.*(?:authentication failed|pg_hba\.conf|role .* does not exist|not permitted to log in|password .* wrong)"
)


class Unreachable(DatabaseUnavailable):
    """The connection cannot be made now: nothing answers, the server is starting, or its connections are used up."""


def connect(url: DatabaseUrl, most_seconds: float | None = None) -> psycopg.Connection[Row]:
    """Opens a connection in autocommit mode, within the URL's time-out or `most_seconds`, whichever is shorter.

    Raises:
        Unreachable: Trying again in a moment can help.
        DatabaseUnavailable: The server refuses the credentials.
        ConfigurationError: TLS fails: a certificate, its host name, or no TLS where the URL requires it.
    """
    seconds = timeout_from_conninfo(conninfo_to_dict(url.conninfo))
    try:
        # Prepared statements do not survive PgBouncer's transaction mode.
        return psycopg.connect(
            url.conninfo,
            connect_timeout=seconds if most_seconds is None else min(seconds, int(most_seconds)),
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
        )
    except psycopg.Error as error:
        raise _failure(str(error), url.place) from None


def _failure(text: str, place: str) -> OperatorError:
    """Returns the error to raise. The server's text is left out of it, because it has the user's name."""
    if "FATAL:" not in text and (reason := TLS.search(text)):
        return ConfigurationError(
            f"The TLS connection to the database at {place} failed: {reason[1]}. Check sslmode and sslrootcert (or "
            "Prisma's sslcert) in the database URL. Without them, the public authorities count; Amazon RDS has an "
            "authority of its own (docs/deploying.md)."
        )
    if CREDENTIALS.search(text):
        return DatabaseUnavailable(
            f"The database at {place} refuses the credentials. Check the URL's user and password, and that this "
            "machine may connect."
        )
    return Unreachable(
        f"The database at {place} cannot be reached. Check the URL's host, port and database, that the server "
        "runs and has free connections for this user, and that this machine may connect."
    )
