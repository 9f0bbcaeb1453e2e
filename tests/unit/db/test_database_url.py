"""Prisma's database URLs."""

from __future__ import annotations

import traceback

import certifi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.errors import ConfigurationError

HERE = "postgresql://app:s3cret@db.example:6432/shop"


def parameters(url: str) -> dict[str, object]:
    return dict(conninfo_to_dict(parse_database_url(url).conninfo))


def test_libpqs_parameters_are_kept() -> None:
    got = parameters(f"{HERE}?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3&application_name=my%20app")

    assert got | {"user": "app", "password": "s3cret", "host": "db.example", "port": "6432", "dbname": "shop"} == got
    assert got | {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "connect_timeout": "3"} == got
    assert got["application_name"] == "my app"


def test_time_outs_have_defaults() -> None:
    got = parameters(HERE)

    assert got["application_name"] == "magento-sync"
    assert int(str(got["connect_timeout"])) <= 10
    assert int(str(got["tcp_user_timeout"])) <= 30_000


@pytest.mark.parametrize(
    "prismas",
    [
        "schema=public",
        "pgbouncer=true",
        "connection_limit=5",
        "pool_timeout=10",
        "sslaccept=accept_invalid_certs",
        "sslpassword=unused",
        "socket_timeout=5",
        "statement_cache_size=0",
    ],
)
def test_prismas_own_parameters_are_dropped(prismas: str) -> None:
    assert parameters(f"{HERE}?{prismas}&sslmode=require") == parameters(f"{HERE}?sslmode=require")


def test_sslmode_no_verify_becomes_require() -> None:
    assert parameters(f"{HERE}?sslmode=no-verify")["sslmode"] == "require"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sslmode=require&sslcert=/ca.pem", {"sslmode": "require", "sslrootcert": "/ca.pem"}),
        ("sslmode=require&sslcert=/ca.pem&sslaccept=strict", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("sslmode=require&sslcert=/ca.pem&sslaccept=accept_invalid_certs", {"sslmode": "require"}),
        ("sslmode=disable&sslaccept=strict", {"sslmode": "disable"}),
        ("sslaccept=strict&sslcert=/ca.pem", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("sslmode=verify-full", {"sslmode": "verify-full", "sslrootcert": certifi.where()}),
        ("sslmode=verify-ca", {"sslmode": "verify-ca", "sslrootcert": certifi.where()}),
        ("sslmode=verify-ca&sslrootcert=/a.pem&sslcert=/b.pem", {"sslmode": "verify-ca", "sslrootcert": "/a.pem"}),
        (
            "sslmode=require&sslcert=/c.pem&sslkey=/k.pem&sslpassword=p",
            {"sslmode": "require", "sslcert": "/c.pem", "sslkey": "/k.pem", "sslpassword": "p"},
        ),
    ],
)
def test_prismas_tls_parameters_become_libpqs(query: str, expected: dict[str, str]) -> None:
    got = parameters(f"{HERE}?{query}")

    assert {name: value for name, value in got.items() if name.startswith("ssl")} == expected


@pytest.mark.parametrize(
    "query",
    ["connect_timeout=abc", "connect_timeout=-1", "connect_timeout=1.5", "sslmode=banana", "sslidentity=/client.p12"],
)
def test_a_parameter_with_an_invalid_value_is_named(query: str) -> None:
    with pytest.raises(ConfigurationError, match=query.partition("=")[0]):
        parse_database_url(f"{HERE}?{query}")


def test_connect_timeout_0_means_no_time_out() -> None:
    assert parameters(f"{HERE}?connect_timeout=0")["connect_timeout"] == "0"


@pytest.mark.parametrize(
    ("query", "schema"),
    [("", None), ("?schema=public", "public"), ("?schema=", None), ("?schema=my%20app&pgbouncer=true", "my app")],
)
def test_the_schema_parameter_is_returned_apart(query: str, schema: str | None) -> None:
    assert parse_database_url(HERE + query).schema == schema


def test_spaces_in_options_stay_spaces() -> None:
    assert parameters(f"{HERE}?options=-c%20statement_timeout%3D5000")["options"] == "-c statement_timeout=5000"


@pytest.mark.parametrize("scheme", ["postgres", "POSTGRESQL", " postgresql"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert parameters(HERE.replace("postgresql", scheme)) == parameters(HERE)


def test_socket_folders_and_several_hosts_are_kept() -> None:
    assert parameters("postgresql://app@localhost/shop?host=/cloudsql/one")["host"] == "/cloudsql/one"
    assert parse_database_url("postgresql://app:s3cret@a:1,b:2/shop").place == "a,b:1,2/shop"


def test_a_percent_encoded_password_is_decoded() -> None:
    assert parameters("postgresql://app:p%40s%2Fs%3F%23%25@db/shop")["password"] == "p@s/s?#%"


def test_neither_place_nor_repr_shows_user_or_password() -> None:
    url = parse_database_url(f"{HERE}?schema=other")

    assert url.place == "db.example:6432/shop"
    assert repr(url) == "DatabaseUrl(place='db.example:6432/shop', schema='other')"


def test_the_place_shows_default_host_and_port() -> None:
    assert parse_database_url("postgresql://app@/shop").place == "localhost:5432/shop"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://app:s3cret@db/shop",
        "prisma://accelerate.example/?api_key=s3cret",
        '"postgresql://app:s3cret@db/shop"',
        "postgresql://app:s3cret@[db/shop",
        "postgresql://app:s3cret%zz@db/shop",
        "postgresql://app:s3cret#x@db/shop",
        "postgresql://app:s3cret?x@db/shop",
        "postgresql://app:s3cret/x@db/shop",
        "postgresql://app:1/s3cret@db/shop",
        "postgresql://app:x@s3cret@db/shop",
        "postgresql://app:x@y/s3cret@db/shop",
        "postgresql://app:s3cret\u2100@db/shop",
    ],
)
def test_an_invalid_url_is_not_repeated_in_its_error(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_database_url(url)

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert "database URL" in str(caught.value)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(password=st.text(st.characters(codec="utf-8"), min_size=1).map(lambda text: f"s3cret{text}s3cret"))
def test_an_unencoded_password_is_never_shown(password: str) -> None:
    try:
        url = parse_database_url(f"postgresql://app:{password}@db/shop")
    except ConfigurationError as error:
        shown = "".join(traceback.format_exception(error))
    else:
        shown = repr(url)
    assert "s3cret" not in shown
