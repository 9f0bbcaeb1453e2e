"""Prisma's database URLs, in the form that libpq takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import certifi
import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from magento_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

SCHEMES = {"postgres", "postgresql"}
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
DEFAULTS: dict[str, object] = {
    "connect_timeout": 10,
    "application_name": "magento-sync",
    "client_encoding": "utf8",  # libpq would take the server's, which may be SQL_ASCII
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
    """Keeps libpq's parameters, translates Prisma's where they have a meaning here, and drops the rest.

    Prisma's `schema` becomes the schema of every query. `pgbouncer`, `pool_timeout` and the like have no meaning here.

    Raises:
        ConfigurationError: The URL is invalid. The text does not repeat it, because it holds a password.
    """
    try:
        parts = urlsplit(text.strip())
        if parts.scheme not in SCHEMES:
            raise ConfigurationError(
                "The database URL must begin with postgresql:// (as in postgresql://user:password@host:5432/database)."
            )
        _check_encoding(parts)
        known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
        given = dict(parse_qsl(parts.query))
        query = {key: value for key, value in _with_libpqs_tls(given).items() if key in known}
        parameters = conninfo_to_dict(parts._replace(query=urlencode(query, quote_via=quote), fragment="").geturl())
    except (ValueError, psycopg.Error):
        raise ConfigurationError(
            "The database URL cannot be read. Percent-encode special characters in its user and password."
        ) from None
    if not str(parameters.get("connect_timeout", 0)).isdecimal():
        raise ConfigurationError("The database URL's connect_timeout must be a number of seconds; 0 means no time-out.")
    host, port = parameters.get("host", "localhost"), parameters.get("port", 5432)
    return DatabaseUrl(
        conninfo=make_conninfo(**(DEFAULTS | parameters)),  # type: ignore[arg-type]  # what libpq itself has read
        place=f"{host}:{port}/{parameters.get('dbname', '')}",
        schema=given.get("schema"),
    )


def _with_libpqs_tls(given: Mapping[str, str]) -> dict[str, str]:
    """Translates the parameters of TLS.

    Prisma's `sslcert` is the server's authority, which libpq calls `sslrootcert`; with an `sslkey`, it is a client's
    certificate for both. Prisma's `sslaccept=strict` verifies certificate and host name, as libpq's `verify-full` does;
    `accept_invalid_certs` verifies nothing. node-postgres's `no-verify` is libpq's `require`. Where the URL names no
    authority, the public ones count, as in node-postgres; libpq would look for a file in the home directory.

    Raises:
        ConfigurationError: `sslmode` is unknown, or `sslidentity` is given: a PKCS #12 file, which libpq cannot read.
    """
    query = dict(given)
    if "sslidentity" in query:
        raise ConfigurationError(
            "The database URL's sslidentity cannot be used: give the client's certificate and key as PEM files in "
            "sslcert and sslkey."
        )
    if "sslkey" not in query:
        query.pop("sslpassword", None)
        authority = query.pop("sslcert", None)
        if authority:
            query.setdefault("sslrootcert", authority)
    mode = query.get("sslmode", "prefer").replace("no-verify", "require")
    if mode not in SSL_MODES:
        raise ConfigurationError(f"The database URL's sslmode must be one of {', '.join(sorted(SSL_MODES))}.")
    accept = query.get("sslaccept")
    if accept == "accept_invalid_certs":
        mode = "require" if mode.startswith("verify") else mode
        query.pop("sslrootcert", None)
    elif accept and mode != "disable":
        mode = "verify-full"
    if "sslmode" in query or accept:
        query["sslmode"] = mode
    if mode.startswith("verify"):
        query.setdefault("sslrootcert", certifi.where())
    return query


def _check_encoding(parts: SplitResult) -> None:
    """Refuses a password with a bare `@`, `/`, `?` or `#`, which would be shown as part of the host or the database.

    Raises:
        ValueError: There is an `@` where none can be, or a NUL, at which libpq would stop reading.
    """
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    if parts.netloc.count("@") > 1 or "@" in rest or "\x00" in f"{parts.netloc}{rest}":
        raise ValueError
