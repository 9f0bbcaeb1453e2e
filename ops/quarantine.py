"""`quarantine list`, `retry` and `release`: orders that could not be read or stored, named by their ids only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from magento_sync.db import ledger, websites
from magento_sync.db.reading_progress import RETRIES_AT_ONCE
from magento_sync.errors import OperatorError
from ops.operator import Operator, on_target
from ops.output import Answer, moment, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction

HEADINGS = ("Domain", "Order", "Reason", "Attempts", "Next attempt (UTC)", "Since (UTC)")


class NotInQuarantine(OperatorError):
    """An order is not in quarantine; nothing was changed."""


def retry(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Makes the website's next run retry these orders, or all of its quarantined orders if none is given.

    Raises:
        NotInQuarantine: One of them is not in quarantine.
    """
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids) or [
        one.order_id for one in ledger.list_quarantined(transaction, website_id)
    ]
    ledger.make_due(transaction, website_id, chosen)
    if not chosen:
        return "No order of this website is in quarantine."
    return (
        f"The website's next runs retry {_orders(chosen)}; each run retries at most {RETRIES_AT_ONCE}. "
        "Start a sync by hand to see the result."
    )


def release(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Removes these orders from quarantine for good: they are never retried and become no customers.

    Raises:
        NotInQuarantine: One of them is not in quarantine.
    """
    # A run may store one of them at this moment.
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids)
    ledger.release(transaction, website_id, chosen)
    return f"{_orders(chosen).capitalize()} will not be retried and become no customers."


def _checked(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> list[int]:
    quarantined = {one.order_id for one in ledger.list_quarantined(transaction, website_id)}
    missing = [order_id for order_id in order_ids if order_id not in quarantined]
    if missing:
        raise NotInQuarantine(
            f"Not in quarantine: {_orders(missing)}. `list` shows the quarantined orders; nothing was changed."
        )
    return sorted(set(order_ids))


def _orders(order_ids: Sequence[int]) -> str:
    return f"order{'s' if len(order_ids) > 1 else ''} {', '.join(map(str, order_ids))}"


@click.group("quarantine")
def quarantine_group() -> None:
    """Show, retry or release orders that could not be read or stored."""


@quarantine_group.command("list")
@click.argument("website", required=False)
@on_target
def list_(operator: Operator, website: str | None) -> Answer:
    """List quarantined orders with the reasons, of WEBSITE (an id or a domain) or of all websites."""
    chosen = operator.chosen(website, every=website is None)
    domains = {one.id: one.domain for one in chosen}
    found = operator.database.run(ledger.list_quarantined, chosen[0].id if website else None)
    rows = [
        (
            domains.get(one.website_id),
            one.order_id,
            one.reason,
            one.attempts,
            moment(one.next_attempt),
            moment(one.since),
        )
        for one in found
    ]
    return Answer(found, table(HEADINGS, rows, optional=1) if found else "No order is in quarantine.")


@quarantine_group.command("retry")
@click.argument("website")
@click.argument("orders", nargs=-1, type=int, metavar="[ORDER]...")
@on_target
def retry_(operator: Operator, website: str, orders: tuple[int, ...]) -> Answer:
    """Retry orders (Magento's entity_id) of WEBSITE (an id or a domain) in its next runs; without orders, all."""
    return _done(operator.database.run(retry, operator.website(website).id, orders))


@quarantine_group.command("release")
@click.argument("website")
@click.argument("orders", nargs=-1, type=int, required=True, metavar="ORDER...")
@on_target
def release_(operator: Operator, website: str, orders: tuple[int, ...]) -> Answer:
    """Remove orders of WEBSITE (an id or a domain) from quarantine for good: they become no customers."""
    return _done(operator.database.run(release, operator.website(website).id, orders))


def _done(text: str) -> Answer:
    return Answer({"message": text}, text)
