"""Whoever meets whom, at the same moment, many times: the database is a real one, and each has a connection of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from magento_sync import claims, clearing, customer_entry, holding, intake, stopping
from magento_sync.errors import FenceLost, Refusal
from magento_sync.intake import Converted
from tests.integration.holding import BOUGHT, LATER, hold, order, take_in
from tests.integration.system import SETTINGS
from tests.proof.races import Racers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_sync.database import Database
    from magento_sync.holding import Held
    from magento_sync.websites import Website
    from tests.app import App

ROUNDS = 25
ORDERS = [order(number, f"customer{number % 4}@example.com", (BOUGHT, LATER)[number % 2]) for number in range(1, 9)]
EMAILS = sorted({str(one.email) for one in ORDERS})


@pytest.fixture
def racers(database_url: str, record_property: Callable[[str, object], None]) -> Iterator[Racers]:
    record_property("rounds of races", ROUNDS)
    with Racers(database_url, 8) as racers:
        yield racers


def is_whole(app: App, website: str) -> bool:
    """Whether a page was stored; never a part of it, nor twice."""
    there = app.emails(website)
    assert there in ([], EMAILS)
    assert sorted(app.ledger(website)) == ([one.order_id for one in ORDERS] if there else [])
    assert (app.website(website)["magentoLastEntityId"] or 0) == (8 if there else 0)
    assert sum(run["importedCustomers"] for run in app.runs(website)) == len(there)
    return bool(there)


def holder(app: App, website: str) -> str | None:
    """The run that holds the website; the rows agree about it."""
    live = [run["id"] for run in app.runs(website) if run["status"] in {"QUEUED", "RUNNING"}]
    row = app.website(website)
    assert live == ([row["magentoSyncRunId"]] if row["magentoAutoUploadStatus"] == "RUNNING" else [])
    return live[0] if live else None


def whole_run(website: str, run: str, database: Database) -> str:
    held = holding.take_up(database, website, run, SETTINGS)
    take_in(database, held, *ORDERS)
    return holding.finish(database, held, "COMPLETED", 300).status


def test_eight_claims_have_one_winner(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        told = racers.race(*[partial(claims.claim_website, website_id=website, trigger="manual")] * 8)

        [won] = [one for one in told if isinstance(one, claims.Claim)]
        assert {one.run_id for one in told} == {won.run_id} == {holder(app, website)}


def test_takers_of_one_run_store_each_order_once(app: App, database: Database, racers: Racers) -> None:
    """An event delivered twice, or a doubled continuation."""
    for _ in range(ROUNDS):
        website = app.add_website()
        run = claims.claim_website(database, website, trigger="manual").run_id

        told = racers.race(*[partial(whole_run, website, run)] * 4)

        assert Counter(map(str, told))["COMPLETED"] == 1
        assert is_whole(app, website)
        assert holder(app, website) is None


def test_a_woken_zombie_writes_before_the_next_taker_or_not_at_all(
    app: App, database: Database, racers: Racers
) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        zombie = hold(database, website)

        told = racers.race(lambda other: take_in(other, zombie, *ORDERS), partial(whole_run, website, zombie.run.id))  # noqa: B023

        assert told[1] == "COMPLETED"
        assert isinstance(told[0], FenceLost | None)
        assert is_whole(app, website)
        with pytest.raises(FenceLost):
            take_in(database, zombie, order(9))


def test_fan_outs_never_exceed_the_bounds(app: App, database: Database, racers: Racers) -> None:
    settings = replace(SETTINGS, max_running=5, syncs_per_shop=2)
    websites = [app.add_website(magentoApiUrl=f"https://shop{number % 4}.example") for number in range(16)]
    for _ in range(ROUNDS):
        told = racers.race(*[partial(claims.claim_due, settings=settings, passed_over=set())] * 4)

        claimed = [claim.website_id for made, _ in told for claim in made]
        assert len(claimed) == len(set(claimed)) == 5
        shops = Counter(app.website(website)["magentoApiUrl"] for website in claimed)
        assert max(shops.values()) <= 2
        assert sum(holder(app, website) is not None for website in websites) == 5
        for made, _ in told:
            for claim in made:
                claims.give_back(database, claim)


def test_runs_taken_up_at_once_keep_to_the_bound_of_their_shop(app: App, database: Database, racers: Racers) -> None:
    settings = replace(SETTINGS, syncs_per_shop=2)
    for number in range(ROUNDS):
        websites = [app.add_website(magentoApiUrl=f"https://shop{number}.example") for _ in range(5)]
        made = [claims.claim_website(database, website, trigger="manual") for website in websites]

        told = racers.race(
            *[partial(holding.take_up, website_id=one.website_id, run_id=one.run_id, settings=settings) for one in made]
        )

        assert sorted(one.code for one in told if isinstance(one, Refusal)) == ["SHOP_BUSY"] * 3
        assert Counter(app.run(one.run_id)["status"] for one in made) == {"RUNNING": 2, "QUEUED": 3}


def test_button_against_schedule(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        pressed, *ticks = racers.race(
            partial(claims.claim_website, website_id=website, trigger="manual"),
            *[partial(claims.claim_due, settings=SETTINGS, passed_over=set())] * 2,
        )

        by_schedule = [claim for made, _ in ticks for claim in made if claim.website_id == website]
        assert len(by_schedule) + isinstance(pressed, claims.Claim) == 1
        assert holder(app, website) == pressed.run_id


def test_cancelling_against_a_page_and_the_end(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)

        told = racers.race(partial(_page_and_end, held), partial(stopping.stop, run_id=held.run.id))

        assert told[0] in {"COMPLETED", "STOPPED"}
        assert is_whole(app, website)
        assert holder(app, website) is None


def _nothing_new(database: Database, held: Held) -> Website:
    """The website as the run sees it after a page without orders."""
    return intake.take_in(database, held, Converted([], {}), expected=0)


def _page_and_end(held: Held, database: Database) -> str:
    take_in(database, held, *ORDERS)
    website = _nothing_new(database, held)
    return holding.finish(database, held, "COMPLETED" if website.wanted else "STOPPED", 300).status


def test_cancelling_against_taking_up(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = claims.claim_website(database, website, trigger="manual").run_id

        told = racers.race(
            partial(holding.take_up, website_id=website, run_id=run, settings=SETTINGS),
            partial(stopping.stop, run_id=run),
        )

        row = app.run(run)
        assert row["stopRequestedAt"] is not None
        assert row["status"] == ("STOPPED" if isinstance(told[0], Refusal) else "RUNNING")
        assert holder(app, website) == (None if isinstance(told[0], Refusal) else run)


def test_switching_off_against_a_page(app: App, database: Database, racers: Racers, database_url: str) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)
        off = """UPDATE "Website" SET "magentoAutoUploadEnabled" = false WHERE "id" = %s"""

        racers.race(lambda other: take_in(other, held, *ORDERS), lambda _: _as_the_app(database_url, off, website))  # noqa: B023

        assert is_whole(app, website)
        assert not app.website(website)["magentoAutoUploadEnabled"]
        assert not _nothing_new(database, held).wanted


def _as_the_app(url: str, *query_and_values: Any) -> bool:  # noqa: ANN401
    """One statement of Prisma's; False where the database refuses it."""
    query, *values = query_and_values
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(query.encode(), values)
        except psycopg.IntegrityError:
            return False
    return True


def test_a_website_deleted_in_mid_page(app: App, database: Database, racers: Racers, database_url: str) -> None:
    def delete(website: str) -> bool:
        _as_the_app(database_url, 'DELETE FROM "Customer" WHERE "websiteId" = %s', website)
        return _as_the_app(database_url, 'DELETE FROM "Website" WHERE "id" = %s', website)

    for _ in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)

        stored, deleted = racers.race(lambda other: take_in(other, held, *ORDERS), lambda _: delete(website))  # noqa: B023

        assert isinstance(stored, FenceLost) or not deleted or app.emails(website) == []
        assert deleted or is_whole(app, website)
        assert delete(website)
        assert (app.runs(website), app.ledger(website)) == ([], {})
        with pytest.raises(FenceLost):
            take_in(database, held, *ORDERS)


def test_the_apps_own_insert_against_a_page(app: App, database: Database, racers: Racers, database_url: str) -> None:
    insert = """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "purchaseDate", "updatedAt")
        VALUES (gen_random_uuid(), %s, 'By the app', %s, %s, now())"""
    for number in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)
        email, bought = EMAILS[number % 4], (BOUGHT, LATER, None)[number % 3]

        _, inserted = racers.race(
            lambda other: take_in(other, held, *ORDERS),  # noqa: B023
            lambda _: _as_the_app(database_url, insert, website, email, bought),  # noqa: B023
        )

        assert app.emails(website) == EMAILS
        told = Counter(app.ledger(website).values())
        assert told["imported"] == len(EMAILS) - inserted
        assert told["failed"] == 0


def test_customers_by_hand_against_a_page(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)
        by_hand = [customer_entry.entry(email.upper(), "By hand", None, None) for email in EMAILS]

        racers.race(
            lambda other: take_in(other, held, *ORDERS),  # noqa: B023
            *[partial(customer_entry.enter, website_id=website, entered=one) for one in by_hand + by_hand[:2]],
        )

        assert sorted(email.lower() for email in app.emails(website)) == EMAILS


def test_giving_back_against_taking_up(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        claim = claims.claim_website(database, website, trigger="manual")

        taken, _ = racers.race(
            partial(holding.take_up, website_id=website, run_id=claim.run_id, settings=SETTINGS),
            partial(claims.give_back, claim=claim),
        )

        lost = isinstance(taken, Refusal)
        assert holder(app, website) == (None if lost else claim.run_id)
        assert len(app.runs(website)) == (0 if lost else 1)
        assert (app.website(website)["magentoAutoUploadLastRun"] is None) == lost


def test_clearing_up_against_a_slow_page(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        held = hold(database, website)
        app.age(held.run.id, 31)

        stored, *_ = racers.race(
            lambda other: take_in(other, held, *ORDERS),  # noqa: B023
            *[lambda other: list(clearing.clear_up(other))] * 2,
        )

        lost = isinstance(stored, FenceLost)
        assert is_whole(app, website) != lost
        assert app.run(held.run.id)["status"] == ("ABANDONED" if lost else "RUNNING")
        assert holder(app, website) == (None if lost else held.run.id)
        assert app.website(website)["magentoAutoUploadStatus"] == ("ERROR" if lost else "RUNNING")


def test_a_waiting_run_is_sent_again_once(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = claims.claim_website(database, website, trigger="manual").run_id
        app.age(run, 3)

        told = racers.race(*[lambda other: list(clearing.clear_up(other))] * 4)

        assert [one for sent in told for one in sent if one[1] == run] == [(website, run)]
