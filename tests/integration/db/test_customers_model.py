"""Random pages against a plain model, which stores the orders one at a time in the order of their ids."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.leases import BOUGHT, LATER, hold, order, store_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from magento_sync.db.customer_rows import Candidate
    from tests.support.app import App

Row = tuple[str, datetime | None]

emails = st.sampled_from(["a@b.nl", "A@b.nl", "a@B.NL", "c@d.nl", "e@f.nl", "straße@g.de", ""])
dates = st.sampled_from([BOUGHT, LATER, None])
candidates = st.builds(order, st.integers(1, 12), emails, dates)
pages = st.lists(st.lists(candidates, max_size=8, unique_by=lambda one: one.order_id), min_size=1, max_size=4)
by_the_app = st.lists(st.tuples(emails.filter(bool), dates), max_size=3, unique_by=lambda row: row[0])


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_a_page_has_the_same_outcomes_as_its_orders_stored_one_at_a_time(
    database: Database,
    app: App,
    rows: Connection[dict[str, Any]],
    index: bool,  # noqa: FBT001
) -> None:
    if not index:
        rows.execute('DROP INDEX "Customer_websiteId_email_key"')

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(pages=pages, before=by_the_app)
    def holds(pages: list[list[Candidate]], before: list[Row]) -> None:
        website = app.add_website()
        for email, bought in before:
            app.add_customer(website, email, bought)
        lease = hold(database, website)

        for page in pages:
            store_page(database, lease, *page)

        outcomes, customers = _model(pages, before, index=index)
        assert app.ledger(website) == outcomes
        assert Counter((row["email"], row["purchaseDate"]) for row in app.customers(website)) == Counter(customers)
        run = app.run(lease.run.id)
        counts = Counter(outcomes.values())
        assert run["ordersFetched"] == sum(map(len, pages))
        assert run["importedCustomers"] == counts["imported"]
        assert run["duplicates"] == counts["duplicate"]
        assert run["repeatPurchases"] == counts["repeat_purchase"]
        assert run["withoutEmail"] == counts["no_email"]

    holds()


def _model(pages: Iterable[list[Candidate]], before: list[Row], *, index: bool) -> tuple[dict[int, str], list[Row]]:
    outcomes: dict[int, str] = {}
    customers = list(before)
    for page in pages:
        for one in sorted(page, key=lambda one: one.order_id):
            if one.order_id not in outcomes:
                outcomes[one.order_id] = _become(one, customers, index=index)
    return outcomes, customers


def _become(one: Candidate, customers: list[Row], *, index: bool) -> str:
    if one.email is None:
        return "no_email"
    same = [bought for email, bought in customers if email.lower() == one.email.lower()]
    if one.purchase_date in same:
        return "duplicate"
    if same and index:
        return "repeat_purchase"
    customers.append((one.email, one.purchase_date))
    return "imported"
