"""TLS to the database: what is verified against which certificates, and that its failures are raised at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import certifi
import pytest

from magento_sync.db.connection.database import Database
from magento_sync.db.connection.transaction import Transaction
from magento_sync.deadline import Deadline
from magento_sync.errors import ConfigurationError
from tests.support.tls_front import Certificates, TlsFront

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.made(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def front(database_url: str, certificates: Certificates) -> Iterator[TlsFront]:
    with TlsFront(database_url, certificates).serving() as front:
        yield front


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(lambda *, fresh=False: url, Deadline.after(60.0))  # noqa: ARG005 - the form that Database asks for
    try:
        yield database
    finally:
        database.close()


def connects(url: str) -> bool:
    with opened(url) as database:
        return database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}


def refusal(url: str) -> str:
    """Returns the error of a connection that is refused at once."""
    deadline = Deadline.after(60.0)
    with opened(url) as database, pytest.raises(ConfigurationError) as caught:
        database.run(Transaction.one, "SELECT 1")
    assert deadline.seconds_left() > 58.0
    return str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "sslmode=verify-full&sslrootcert={authority}",
        "sslmode=verify-ca&sslrootcert={authority}",
        "sslmode=verify-full&sslcert={authority}",
        "sslmode=require&sslcert={authority}&sslaccept=strict",
        "sslaccept=strict&sslcert={authority}",
        "sslmode=require&sslcert={authority}",
    ],
)
def test_a_server_is_verified_with_the_authority_that_the_url_names(
    front: TlsFront, certificates: Certificates, query: str
) -> None:
    assert connects(f"{front.url}?{query.format(authority=certificates.authority)}")
    assert front.connections == 1


@pytest.mark.parametrize("query", ["sslmode=verify-full", "sslmode=verify-ca", "sslmode=require&sslaccept=strict"])
def test_a_server_is_verified_with_the_public_authorities_if_the_url_names_none(
    front: TlsFront, certificates: Certificates, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refusal(f"{front.url}?{query}")
    assert "certificate" in message
    assert "sslrootcert" in message

    monkeypatch.setattr(certifi, "where", lambda: str(certificates.authority))
    assert connects(f"{front.url}?{query}")


@pytest.mark.parametrize(
    "query",
    ["sslmode=require", "sslmode=no-verify", "sslmode=require&sslaccept=accept_invalid_certs&sslcert={other}", ""],
)
def test_no_certificate_is_verified_unless_the_url_asks_for_it(front: TlsFront, tmp_path: Path, query: str) -> None:
    other = Certificates.made(tmp_path)

    assert connects(f"{front.url}?{query.format(other=other.authority)}")


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
def test_a_certificate_of_another_authority_is_refused_at_once(front: TlsFront, tmp_path: Path, mode: str) -> None:
    other = Certificates.made(tmp_path)

    assert "certificate" in refusal(f"{front.url}?sslmode={mode}&sslrootcert={other.authority}")


def test_a_certificate_for_another_host_is_refused_at_once(database_url: str, tmp_path: Path) -> None:
    certificates = Certificates.made(tmp_path, host="db.example")
    with TlsFront(database_url, certificates).serving() as front:
        message = refusal(f"{front.url}?sslmode=verify-full&sslrootcert={certificates.authority}")

        assert 'certificate for "db.example" does not match host name "localhost"' in message
        assert connects(f"{front.url}?sslmode=verify-ca&sslrootcert={certificates.authority}")


@pytest.mark.parametrize("parameter", ["sslrootcert", "sslcert"])
def test_a_certificate_file_that_does_not_exist_is_named_at_once(front: TlsFront, parameter: str) -> None:
    assert "/nowhere/ca.pem" in refusal(f"{front.url}?sslmode=verify-full&{parameter}=/nowhere/ca.pem")


def test_a_server_without_tls_is_refused_at_once_if_the_url_requires_tls(database_url: str) -> None:
    assert "does not support SSL" in refusal(f"{database_url}?sslmode=require")


def test_a_certificate_that_was_corrected_in_ssm_is_used(front: TlsFront, certificates: Certificates) -> None:
    def url(*, fresh: bool = False) -> str:
        return f"{front.url}?sslmode=verify-full" + (f"&sslrootcert={certificates.authority}" if fresh else "")

    database = Database(url)
    assert database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}
    database.close()
