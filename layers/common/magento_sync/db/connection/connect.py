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
        raise _failure(str(error), url) from None


def _failure(text: str, url: DatabaseUrl) -> OperatorError:
    """Returns the error to raise, with libpq's reason."""
    if "FATAL:" not in text and (reason := TLS.search(text)):
        return ConfigurationError(
            f"The TLS connection to the database at {url.place} failed: {reason[1]}. Check sslmode and sslrootcert (or "
            "Prisma's sslcert) in the database URL. Without them, the public authorities count; Amazon RDS has an "
            "authority of its own (docs/deploying.md)."
        )
    if CREDENTIALS.search(text):
        return DatabaseUnavailable(
            f"The database at {url.place} refuses the credentials: {_reason(text, url)}. Check the URL's user and "
            "password, and that this machine may connect."
        )
    return Unreachable(
        f"The database at {url.place} cannot be reached: {_reason(text, url)}. Check the URL's host, port and "
        "database, that the server runs and has free connections for this user, and that this machine may connect."
    )


def _reason(text: str, url: DatabaseUrl) -> str:
    """Returns the end of the first line: before it are only the host and the port.

    Servers quote the user's name, which is left out, and one might repeat the password.
    """
    line = text.strip().partition("\n")[0]
    reason = line.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
    given = conninfo_to_dict(url.conninfo)
    user, password = given.get("user"), given.get("password")
    reason = reason.replace(f' "{user}"', "") if user else reason
    return reason.replace(str(password), "***") if password else reason
