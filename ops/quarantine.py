"""`quarantine list`, `retry` and `release`: orders that could not be read or stored, named by their ids only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from magento_sync.db import ledger, websites
from magento_sync.errors import OperatorError
from ops.operator import Operator, on_target
from ops.output import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.ledger import Quarantined

HEADINGS = ("Website", "Domain", "Order", "Reason", "Attempts", "Since (UTC)", "Next attempt (UTC)")


class NotInQuarantine(OperatorError):
    """The website or an order is not in quarantine; nothing was changed."""


def show(transaction: Transaction, website_id: str | None) -> str:
    """Returns a table of the quarantined orders of a website, or of all websites.

    Raises:
        NotInQuarantine: The website does not exist.
    """
    if website_id is not None:
        _check_website(transaction, website_id)
    quarantined = ledger.list_quarantined(transaction, website_id)
    domains = {one.website_id: websites.find(transaction, one.website_id) for one in quarantined}
    if not quarantined:
        return "No order is in quarantine."
    rows = [HEADINGS, *(_cells(one, getattr(domains[one.website_id], "domain", "")) for one in quarantined)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def retry(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Makes the website's next run retry these orders, or all of its quarantined orders if none is given.

    Raises:
        NotInQuarantine: One of them is not in quarantine.
    """
    _check_website(transaction, website_id)
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids) or [
        one.order_id for one in ledger.list_quarantined(transaction, website_id)
    ]
    ledger.make_due(transaction, website_id, chosen)
    if not chosen:
        return "No order of this website is in quarantine."
    return (
        f"The website's next runs retry {_orders(chosen)}, {ledger.RETRIES_AT_ONCE} in each run. "
        "Start a sync by hand to see the result."
    )


def release(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Removes these orders from quarantine for good: they are never retried and become no customers.

    Raises:
        NotInQuarantine: One of them is not in quarantine.
    """
    _check_website(transaction, website_id)
    # A run may store one of them at this moment.
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids)
    ledger.release(transaction, website_id, chosen)
    return f"{_orders(chosen).capitalize()} will not be retried and become no customers."


def _check_website(transaction: Transaction, website_id: str) -> None:
    if websites.find(transaction, website_id) is None:
        raise NotInQuarantine(
            f"There is no website with the id {website_id}. `list` shows the ids; nothing was changed."
        )


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


def _cells(one: Quarantined, domain: str) -> tuple[str, ...]:
    moments = (moment.isoformat(" ", "minutes") for moment in (one.since, one.next_attempt))
    return (one.website_id, domain, str(one.order_id), one.reason, str(one.attempts), *moments)


@click.group("quarantine")
def quarantine_group() -> None:
    """Show, retry or release orders that could not be read or stored."""


@quarantine_group.command("list")
@click.argument("website", required=False)
@on_target
def list_(operator: Operator, website: str | None) -> Answer:
    """List quarantined orders with the reasons, of WEBSITE (an id) or of all websites."""
    shown = operator.database.run(show, website)
    found = operator.database.run(ledger.list_quarantined, website)
    return Answer(found, shown)


@quarantine_group.command("retry")
@click.argument("website")
@click.argument("orders", nargs=-1, type=int, metavar="[ORDER]...")
@on_target
def retry_(operator: Operator, website: str, orders: tuple[int, ...]) -> Answer:
    """Retry orders (Magento's entity_id) of WEBSITE in its next runs; without orders, all of them."""
    return _done(operator.database.run(retry, website, orders))


@quarantine_group.command("release")
@click.argument("website")
@click.argument("orders", nargs=-1, type=int, required=True, metavar="ORDER...")
@on_target
def release_(operator: Operator, website: str, orders: tuple[int, ...]) -> Answer:
    """Remove orders of WEBSITE from quarantine for good: they become no customers."""
    return _done(operator.database.run(release, website, orders))


def _done(text: str) -> Answer:
    return Answer({"message": text}, text)
