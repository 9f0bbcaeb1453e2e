"""Quarantined orders, which could not be read or stored: `list`, `retry` and `release`.

The database's URL comes from DATABASE_URL. Orders are identified by their ids only.
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.quarantine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="show quarantined orders and the reasons")
    listing.add_argument("website", nargs="?", metavar="WEBSITE", help="the website's id; default: all websites")
    retrying = commands.add_parser("retry", help="retry orders in the next runs; default: all of the website")
    releasing = commands.add_parser("release", help="remove orders from quarantine for good")
    for command, many in ((retrying, "*"), (releasing, "+")):
        command.add_argument("website", metavar="WEBSITE", help="the website's id")
        command.add_argument(
            "orders", nargs=many, type=int, metavar="ORDER", help="the order's id (Magento's entity_id)"
        )
    return parser.parse_args()


def _run(database: Database, given: argparse.Namespace) -> str:
    if given.command == "list":
        return database.run(show, given.website)
    return database.run({"retry": retry, "release": release}[given.command], given.website, given.orders)


def _url(*, fresh: bool = False) -> str:  # noqa: ARG001 - the signature that Database expects
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise ConfigurationError("Set DATABASE_URL to the database's URL.")
    return url


def main() -> int:
    """Runs the command and returns its exit code."""
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
