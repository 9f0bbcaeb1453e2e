"""Whoever claims, takes up or gives back a run meets others who do, at the same moment, many times."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from magento_sync.errors import FenceLost, Refusal
from magento_sync.runs import cancel, claims, leases, recovery
from tests.support.leases import hold, store_page
from tests.support.races import ORDERS, ROUNDS, holder, in_transaction, is_whole
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.races import Racers


def whole_run(website: str, run: str, database: Database) -> str:
    lease = database.run(leases.acquire, website, run, SETTINGS)
    store_page(database, lease, *ORDERS)
    return database.run(leases.finish, lease, "COMPLETED", 300).status


def test_eight_claims_have_one_winner(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        told = racers.race(*[in_transaction(claims.claim_website, website_id=website, trigger="manual")] * 8)

        [won] = [one for one in told if isinstance(one, claims.Claim)]
        assert {one.run_id for one in told} == {won.run_id} == {holder(app, website)}


def test_takers_of_one_run_store_each_order_once(app: App, database: Database, racers: Racers) -> None:
    """An event delivered twice, or a doubled continuation."""
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id

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

        written, taker = racers.race(
            lambda other: store_page(other, zombie, *ORDERS),  # noqa: B023
            in_transaction(leases.acquire, website_id=website, run_id=zombie.run.id, settings=SETTINGS),
        )

        assert is_whole(app, website) == (written is None)
        with pytest.raises(FenceLost):
            store_page(database, zombie, *ORDERS)
        store_page(database, taker, *ORDERS)
        assert is_whole(app, website)


def test_fan_outs_never_exceed_the_bounds(app: App, database: Database, racers: Racers) -> None:
    settings = replace(SETTINGS, max_running=5, syncs_per_shop=2)
    websites = [app.add_website(magentoApiUrl=f"https://shop{number % 4}.example") for number in range(16)]
    for _ in range(ROUNDS):
        told = racers.race(*[in_transaction(claims.claim_due, settings=settings, excluded=set())] * 4)

        claimed = [claim.website_id for made, _ in told for claim in made]
        assert len(claimed) == len(set(claimed)) == 5
        shops = Counter(app.website(website)["magentoApiUrl"] for website in claimed)
        assert max(shops.values()) <= 2
        assert sum(holder(app, website) is not None for website in websites) == 5
        for made, _ in told:
            for claim in made:
                database.run(claims.give_back, claim)


def test_runs_taken_up_at_once_keep_to_the_bound_of_their_shop(app: App, database: Database, racers: Racers) -> None:
    settings = replace(SETTINGS, syncs_per_shop=2)
    for number in range(ROUNDS):
        websites = [app.add_website(magentoApiUrl=f"https://shop{number}.example") for _ in range(5)]
        made = [database.run(claims.claim_website, website, trigger="manual") for website in websites]

        told = racers.race(
            *[
                in_transaction(leases.acquire, website_id=one.website_id, run_id=one.run_id, settings=settings)
                for one in made
            ]
        )

        assert sorted(one.code for one in told if isinstance(one, Refusal)) == ["SHOP_BUSY"] * 3
        assert Counter(app.run(one.run_id)["status"] for one in made) == {"RUNNING": 2, "QUEUED": 3}


def test_button_against_schedule(app: App, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()

        pressed, *ticks = racers.race(
            in_transaction(claims.claim_website, website_id=website, trigger="manual"),
            *[in_transaction(claims.claim_due, settings=SETTINGS, excluded=set())] * 2,
        )

        by_schedule = [claim for made, _ in ticks for claim in made if claim.website_id == website]
        assert len(by_schedule) + isinstance(pressed, claims.Claim) == 1
        assert holder(app, website) == pressed.run_id


def test_cancelling_against_taking_up(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id

        told = racers.race(
            in_transaction(leases.acquire, website_id=website, run_id=run, settings=SETTINGS),
            in_transaction(cancel.cancel_run, run_id=run),
        )

        row = app.run(run)
        assert row["stopRequestedAt"] is not None
        assert row["status"] == ("STOPPED" if isinstance(told[0], Refusal) else "RUNNING")
        assert holder(app, website) == (None if isinstance(told[0], Refusal) else run)


def test_giving_back_against_taking_up(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        claim = database.run(claims.claim_website, website, trigger="manual")

        taken, _ = racers.race(
            in_transaction(leases.acquire, website_id=website, run_id=claim.run_id, settings=SETTINGS),
            in_transaction(claims.give_back, claim=claim),
        )

        lost = isinstance(taken, Refusal)
        assert holder(app, website) == (None if lost else claim.run_id)
        assert len(app.runs(website)) == (0 if lost else 1)
        assert (app.website(website)["magentoAutoUploadLastRun"] is None) == lost


def test_a_waiting_run_is_sent_again_once(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        run = database.run(claims.claim_website, website, trigger="manual").run_id
        app.age(run, 3)

        told = racers.race(*[lambda other: list(recovery.recover_stalled_runs(other))] * 4)

        assert [one for sent in told for one in sent if one[1] == run] == [(website, run)]
