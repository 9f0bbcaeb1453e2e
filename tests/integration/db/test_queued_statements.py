"""Queued statements: what goes to the server in one message, and what such a message must not change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from magento_sync.db import websites
from magento_sync.db.connection.transaction import Transaction
from magento_sync.deadline import Deadline
from magento_sync.errors import DatabaseUnavailable, RowRefused
from tests.support.cutting_proxy import CuttingProxy
from tests.support.leases import another, someone_waits, until

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.cutting_proxy import Moment
    from tests.support.system import System

INCREASE = "UPDATE {website} SET {last_entity_id} = COALESCE({last_entity_id}, 0) + 1"


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each message to the server: psycopg sends everything through `wait`."""
    sent: list[object] = []
    wait = psycopg.Connection.wait

    def counted(connection: psycopg.Connection, *arguments: Any, **options: Any) -> object:  # noqa: ANN401 - psycopg's
        sent.append(connection)
        return wait(connection, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "wait", counted)
    return sent


def test_a_sync_that_finds_nothing_new_takes_five_round_trips(system: System, messages: list[object]) -> None:
    website = system.add_website()
    system.sync(website)
    system.sync(website)  # checks whether the shop's numbers start over, as one sync a day does
    run = system.claim(website)
    messages.clear()

    assert system.syncer.run(website, run)["ordersFetched"] == 0

    assert len(messages) == 5


def test_answers_come_in_the_order_of_the_queries(database: Database, messages: list[object]) -> None:
    def step(transaction: Transaction) -> list[Any]:
        transaction.queue("SELECT 1 AS number WHERE false")
        several = transaction.queue("SELECT generate_series(1, %s) AS number", [3])
        changed = transaction.queue(INCREASE)
        last = transaction.queue(
            "SELECT %(text)s || '%%' AS text, %(none)s::text AS none", {"text": "a'b", "none": None}
        )
        return [last.one(), changed.all(), changed.one(), changed.value(), several.value(), several.all()]

    database.run(Transaction.execute, "SELECT 1")
    messages.clear()

    assert database.run(step) == [
        {"text": "a'b%", "none": None},
        [],
        None,
        None,
        1,
        [{"number": 1}, {"number": 2}, {"number": 3}],
    ]
    assert len(messages) == 2  # with the COMMIT


def test_a_query_that_is_not_queued_comes_after_those_that_are(database: Database, app: App) -> None:
    website = app.add_website()

    def step(transaction: Transaction) -> object:
        websites.advance(transaction, website, watermark=7)
        return transaction.value("SELECT {last_entity_id} FROM {website}")

    assert database.run(step) == 7


def test_a_queued_query_sees_what_was_committed_while_an_earlier_one_waited(
    database: Database, database_url: str, app: App
) -> None:
    """What a lock protects is read by a later query of the same message."""
    website = app.add_website()

    def step(transaction: Transaction) -> object:
        transaction.queue("SELECT FROM {website} WHERE {id} = %s FOR NO KEY UPDATE", [website])
        return transaction.queue("SELECT count(*) FROM {ledger}").value()

    with psycopg.connect(database_url) as holding, ThreadPoolExecutor(1) as pool:
        holding.execute('SELECT FROM "Website" FOR NO KEY UPDATE')
        waiting = pool.submit(database.run, step)
        until(lambda: someone_waits(app))
        holding.execute(
            'INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "runId", "recordedAt") '
            "VALUES (%s, 1, 'imported', 'r', now())",
            [website],
        )
        holding.commit()
        assert waiting.result() == 1


@pytest.mark.parametrize("fails_at", ["the next answer", "the COMMIT"])
def test_a_queued_statement_that_fails_undoes_all(database: Database, app: App, fails_at: str) -> None:
    website = app.add_website()

    def step(transaction: Transaction) -> None:
        transaction.execute("SELECT 1")
        websites.advance(transaction, website, watermark=7)
        transaction.queue("SELECT 1 / 0")
        websites.advance(transaction, website, watermark=8)
        if fails_at == "the next answer":
            transaction.flush()

    with pytest.raises(DatabaseUnavailable, match="22012"):
        database.run(step)

    assert app.website(website)["magentoLastEntityId"] is None
    database.run(websites.advance, website, watermark=9)
    assert app.website(website)["magentoLastEntityId"] == 9


def test_a_savepoint_undoes_what_was_queued_in_it_and_nothing_else(database: Database, app: App) -> None:
    before, within, after = (app.add_website(f"{number}.example") for number in range(3))

    def step(transaction: Transaction) -> None:
        websites.advance(transaction, before, watermark=7)
        with transaction.savepoint(undo=True):
            websites.advance(transaction, within, watermark=7)
        websites.advance(transaction, after, watermark=7)

    database.run(step)

    assert [app.website(website)["magentoLastEntityId"] for website in (before, within, after)] == [7, None, 7]


def test_a_savepoint_that_fails_drops_what_was_queued_in_it(database: Database, app: App) -> None:
    website = app.add_website()

    def step(transaction: Transaction) -> None:
        with suppress(RowRefused), transaction.savepoint():
            websites.advance(transaction, website, watermark=7)
            raise psycopg.DataError

    database.run(step)

    assert app.website(website)["magentoLastEntityId"] is None


def test_the_time_out_of_statements_holds_for_a_message_that_begins_the_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magento_sync.db.connection.database.LEAST_SECONDS", 0.05)
    database.deadline = Deadline(0.0, clock=lambda: 0.0)

    with pytest.raises(DatabaseUnavailable, match="57014"):
        database.run(lambda transaction: transaction.queue("SELECT pg_sleep(60)").all())


@pytest.mark.parametrize("moment", ["before", "after"])
def test_queued_statements_whose_commit_was_not_answered_take_effect_once(
    database_url: str, app: App, moment: Moment
) -> None:
    """Without an earlier answer nobody knew the transaction's number, by which the COMMIT is looked up."""
    website = app.add_website()
    with CuttingProxy(database_url).serving() as proxy, another(proxy.url) as database:
        database.deadline = Deadline.after(900.0)
        proxy.plan = iter([moment])

        database.run(Transaction.queue, INCREASE)

    assert proxy.cuts == 1
    assert app.website(website)["magentoLastEntityId"] == 1


def test_no_personal_data_is_queued(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parameters of a queued query become part of its text, which the server's log shows if it fails."""
    sent: list[bytes] = []
    execute = psycopg.ClientCursor.execute

    def recorded(cursor: psycopg.ClientCursor, message: bytes, *arguments: Any, **options: Any) -> object:  # noqa: ANN401 - psycopg's
        sent.append(message)
        return execute(cursor, message, *arguments, **options)

    monkeypatch.setattr(psycopg.ClientCursor, "execute", recorded)
    website = system.add_website()
    system.sync(website)

    text = b"".join(sent).decode()
    assert website in text
    customers = system.app.customers(website)
    assert customers
    for customer in customers:
        assert str(customer["email"]) not in text
        assert str(customer["name"]) not in text
