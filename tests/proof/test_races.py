"""Races claims, acquisitions, cancellations and recoveries of the same run, many times."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from magento_sync.errors import FenceLost, Refusal
from magento_sync.runs import cancel, claims, leases, recovery
from tests.support.claims import claim_due
from tests.support.leases import acquire, hold, store_page
from tests.support.races import ORDERS, ROUNDS, holder, in_transaction, is_whole
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.races import Racers


def whole_run(website: str, run: str, database: Database) -> str:
    lease = database.run(acquire, website, run, SETTINGS)
    store_page(database, lease, *ORDERS)
    return database.run(leases.finish, lease, "COMPLETED", 300).status


def test_only_one_of_eight_concurrent_claims_succeeds(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        results = racers.race(*[in_transaction(claims.claim_website, website_id=website, trigger="manual")] * 8)

        [won] = [one for one in results if isinstance(one, claims.Claim)]
        assert {one.run_id for one in results} == {won.run_id} == {holder(app, website)}


def test_concurrent_deliveries_of_a_run_store_each_order_once(app: App, database: Database, racers: Racers) -> None:
    """An event was delivered twice, or a continuation was sent twice."""
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id

        results = racers.race(*[partial(whole_run, website, run)] * 4)

        assert Counter(map(str, results))["COMPLETED"] == 1
        assert is_whole(app, website)
        assert holder(app, website) is None


def test_a_superseded_process_stores_its_page_before_the_run_is_acquired_or_never(
    app: App, database: Database, racers: Racers
) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        superseded = hold(database, website)

        written, lease = racers.race(
            lambda other: store_page(other, superseded, *ORDERS),  # noqa: B023
            in_transaction(acquire, website_id=website, run_id=superseded.run.id, settings=SETTINGS),
        )

        assert is_whole(app, website) == (written is None)
        with pytest.raises(FenceLost):
            store_page(database, superseded, *ORDERS)
        store_page(database, lease, *ORDERS)
        assert is_whole(app, website)


def test_concurrent_fan_outs_never_exceed_the_limits(app: App, database: Database, racers: Racers) -> None:
    settings = replace(SETTINGS, max_running=5, syncs_per_shop=2)
    websites = [app.add_website(magentoApiUrl=f"https://shop{number % 4}.example") for number in range(16)]
    for _ in range(ROUNDS):
        results = racers.race(*[in_transaction(claim_due, settings=settings)] * 4)

        claimed = [claim.website_id for batch in results for claim in batch.claims]
        assert len(claimed) == len(set(claimed)) == 5
        shops = Counter(app.website(website)["magentoApiUrl"] for website in claimed)
        assert max(shops.values()) <= 2
        assert sum(holder(app, website) is not None for website in websites) == 5
        for batch in results:
            for claim in batch.claims:
                database.run(claims.give_back, claim)


def test_runs_acquired_at_the_same_time_respect_the_limit_of_their_shop(
    app: App, database: Database, racers: Racers
) -> None:
    settings = replace(SETTINGS, syncs_per_shop=2)
    for number in range(ROUNDS):
        websites = [app.add_website(magentoApiUrl=f"https://shop{number}.example") for _ in range(5)]
        made = [database.run(claims.claim_website, website, trigger="manual") for website in websites]

        results = racers.race(
            *[in_transaction(acquire, website_id=one.website_id, run_id=one.run_id, settings=settings) for one in made]
        )

        assert sorted(one.code for one in results if isinstance(one, Refusal)) == ["SHOP_BUSY"] * 3
        assert Counter(app.run(one.run_id)["status"] for one in made) == {"RUNNING": 2, "QUEUED": 3}


def test_the_button_and_the_schedule_never_both_claim_a_website(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        pressed, *ticks = racers.race(
            in_transaction(claims.claim_website, website_id=website, trigger="manual"),
            *[in_transaction(claim_due, settings=SETTINGS)] * 2,
        )

        by_schedule = [claim for batch in ticks for claim in batch.claims if claim.website_id == website]
        assert len(by_schedule) + isinstance(pressed, claims.Claim) == 1
        assert holder(app, website) == pressed.run_id


def test_a_run_is_cancelled_either_before_or_after_it_is_acquired(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id

        results = racers.race(
            in_transaction(acquire, website_id=website, run_id=run, settings=SETTINGS),
            in_transaction(cancel.cancel_run, run_id=run),
        )

        row = app.run(run)
        assert row["stopRequestedAt"] is not None
        assert row["status"] == ("STOPPED" if isinstance(results[0], Refusal) else "RUNNING")
        assert holder(app, website) == (None if isinstance(results[0], Refusal) else run)


def test_a_claim_is_either_given_back_or_acquired(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        claim = database.run(claims.claim_website, website, trigger="manual")

        acquired, _ = racers.race(
            in_transaction(acquire, website_id=website, run_id=claim.run_id, settings=SETTINGS),
            in_transaction(claims.give_back, claim=claim),
        )

        lost = isinstance(acquired, Refusal)
        assert holder(app, website) == (None if lost else claim.run_id)
        assert len(app.runs(website)) == (0 if lost else 1)
        assert (app.website(website)["magentoAutoUploadLastRun"] is None) == lost


def test_concurrent_recoveries_send_a_stalled_run_again_once(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id
        app.age(run, 3)

        results = racers.race(*[lambda other: list(recovery.recover_stalled_runs(other))] * 4)

        assert [one for sent in results for one in sent if one[1] == run] == [(website, run)]
