"""Prisma's database URLs, in the form that libpq takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from magento_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SCHEMES = {"postgres", "postgresql"}
DEFAULTS: dict[str, object] = {
    "connect_timeout": 10,
    "application_name": "magento-sync",
    "keepalives_idle": 30,
    "tcp_user_timeout": 20_000,  # milliseconds; a connection that died while frozen would hang for a quarter of an hour
}


@dataclass(frozen=True)
class DatabaseUrl:
    """Where the database is.

    Attributes:
        conninfo: libpq's connection string.
        place: Host, port and database, for messages: never user or password.
        schema: The schema that the URL names, if any.
    """

    conninfo: str = field(repr=False)
    place: str
    schema: str | None


def parse_database_url(text: str) -> DatabaseUrl:
    """Takes what libpq knows of a URL, maps Prisma's own parameters where they mean something, and drops the rest.

    Prisma's `schema` becomes the schema of every query; `sslmode=no-verify` is libpq's `require`; `pgbouncer`, `connection_limit`,
    `pool_timeout`, `sslaccept` and the like have no meaning here.

    Raises:
        ConfigurationError: Not a PostgreSQL URL. The text does not repeat it, because it holds a password.
    """
    try:
        parts = urlsplit(text.strip())
        if parts.scheme not in SCHEMES:
            raise ConfigurationError(
                "The database URL must begin with postgresql:// (as in postgresql://user:password@host:5432/database)."
            )
        _check_encoding(parts)
        known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
        asked = dict(parse_qsl(parts.query))
        query = {key: value for key, value in asked.items() if key in known}
        if query.get("sslmode") == "no-verify":
            query["sslmode"] = "require"
        parameters = conninfo_to_dict(parts._replace(query=urlencode(query, quote_via=quote), fragment="").geturl())
    except (ValueError, psycopg.Error):
        raise ConfigurationError(
            "The database URL cannot be read. Percent-encode special characters in its user and password."
        ) from None
    host, port = parameters.get("host", "localhost"), parameters.get("port", 5432)
    return DatabaseUrl(
        conninfo=make_conninfo(**(DEFAULTS | parameters)),  # type: ignore[arg-type]  # what libpq itself has read
        place=f"{host}:{port}/{parameters.get('dbname', '')}",
        schema=asked.get("schema"),
    )


def _check_encoding(parts: SplitResult) -> None:
    """A password with a bare `@`, `/`, `?` or `#` would be read as part of the host or the database, and be told as such.

    Raises:
        ValueError: There is an `@` where none can be, or a NUL, at which libpq would stop reading.
    """
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.netloc.count("@") > 1 or "@" in rest or "\x00" in f"{parts.netloc}{rest}":
        raise ValueError
