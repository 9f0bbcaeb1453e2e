"""Orders that could not be read or stored: `list [WEBSITE]`, `retry WEBSITE [ORDER…]`, `release WEBSITE ORDER…`.

The database's URL comes from DATABASE_URL. Orders are shown by their ids alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from magento_sync.db import ledger, websites
from magento_sync.db.connection.database import Database
from magento_sync.errors import ConfigurationError, OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.ledger import Quarantined

HEADINGS = ("Website", "Domain", "Order", "Reason", "Attempts", "Since (UTC)", "Next attempt (UTC)")


class NotInQuarantine(OperatorError):
    """Nothing was changed, because something of what was named is not there."""


def show(transaction: Transaction, website_id: str | None) -> str:
    """A table of what is in quarantine.

    Raises:
        NotInQuarantine: There is no such website.
    """
    if website_id is not None:
        _check_website(transaction, website_id)
    waiting = ledger.list_quarantined(transaction, website_id)
    domains = {one.website_id: websites.find(transaction, one.website_id) for one in waiting}
    if not waiting:
        return "No order is in quarantine."
    rows = [HEADINGS, *(_cells(one, getattr(domains[one.website_id], "domain", "")) for one in waiting)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def retry(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Has the website's next run try these orders again, or all of its quarantine if none is named.

    Raises:
        NotInQuarantine: One of them is not there; nothing was changed.
    """
    _check_website(transaction, website_id)
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids) or [
        one.order_id for one in ledger.list_quarantined(transaction, website_id)
    ]
    ledger.make_due(transaction, website_id, chosen)
    if not chosen:
        return "No order of this website is in quarantine."
    return f"The website's next runs try {_orders(chosen)} again, {ledger.RETRIES_AT_ONCE} in one run. Start one by hand to see now."


def release(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> str:
    """Lets go of these orders for good: they are never tried again, and nobody is mailed.

    Raises:
        NotInQuarantine: One of them is not there; nothing was changed.
    """
    _check_website(transaction, website_id)
    # A run may be storing one of them just now.
    websites.lock(transaction, website_id)
    chosen = _checked(transaction, website_id, order_ids)
    ledger.release(transaction, website_id, chosen)
    return f"{_orders(chosen).capitalize()} will not be tried again and become no customers."


def _check_website(transaction: Transaction, website_id: str) -> None:
    if websites.find(transaction, website_id) is None:
        raise NotInQuarantine(
            f"There is no website with the id {website_id}. `list` shows the ids; nothing was changed."
        )


def _checked(transaction: Transaction, website_id: str, order_ids: Sequence[int]) -> list[int]:
    there = {one.order_id for one in ledger.list_quarantined(transaction, website_id)}
    missing = [order_id for order_id in order_ids if order_id not in there]
    if missing:
        raise NotInQuarantine(f"Not in quarantine: {_orders(missing)}. `list` shows what is; nothing was changed.")
    return sorted(set(order_ids))


def _orders(order_ids: Sequence[int]) -> str:
    return f"order{'s' if len(order_ids) > 1 else ''} {', '.join(map(str, order_ids))}"


def _cells(one: Quarantined, domain: str) -> tuple[str, ...]:
    moments = (moment.isoformat(" ", "minutes") for moment in (one.since, one.next_attempt))
    return (one.website_id, domain, str(one.order_id), one.reason, str(one.attempts), *moments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.quarantine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="show what is in quarantine, and why")
    listing.add_argument("website", nargs="?", metavar="WEBSITE", help="the website's id; all websites if left out")
    again = commands.add_parser("retry", help="have the next run try orders again")
    away = commands.add_parser("release", help="let go of orders for good")
    for command, many in ((again, "*"), (away, "+")):
        command.add_argument("website", metavar="WEBSITE", help="the website's id")
        command.add_argument(
            "orders", nargs=many, type=int, metavar="ORDER", help="the order's id (Magento's entity_id)"
        )
    return parser.parse_args()


def _run(database: Database, given: argparse.Namespace) -> str:
    if given.command == "list":
        return database.run(show, given.website)
    return database.run({"retry": retry, "release": release}[given.command], given.website, given.orders)


def _url(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise ConfigurationError("Set DATABASE_URL to the database's URL.")
    return url


def main() -> int:
    """Runs the command; returns its exit code."""
    given = _arguments()
    database = Database(_url)
    try:
        print(_run(database, given))
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
