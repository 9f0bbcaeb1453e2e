"""`status`: every website's state and newest sync, once or live."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
from rich.live import Live
from rich.text import Text

from magento_sync.db import website_states
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, WELL, Answer, console, moment, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from magento_sync.db.website_states import WebsiteState

WATCH_SECONDS = 2.0
HEADINGS = ("Domain", "State", "Read", "New customers", "Quarantined", "Last sync (UTC)", "Next (UTC)")
STYLES = {"running": "cyan", "waiting": "cyan", "on": "green", "off": "dim"}


@click.command()
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@on_target
def status(operator: Operator, *, watch: bool) -> Answer:
    """Show the state of every website and its newest sync. The exit code is 1 if any has failed."""
    if watch and operator.as_json:
        raise click.UsageError("Give --watch or --json, not both.")
    states = operator.database.run(website_states.states)
    if watch:
        states = _watch(operator, states)
    failed = any(one.status == "ERROR" for one in states)
    return Answer([_data(one) for one in states], _table(states), TO_REPAIR if failed else WELL)


def _watch(operator: Operator, states: Sequence[WebsiteState]) -> list[WebsiteState]:
    last = list(states)
    try:
        with Live(_table(last), console=console(), transient=True, auto_refresh=False) as live:
            while True:
                live.update(_table(last), refresh=True)
                time.sleep(WATCH_SECONDS)
                last = operator.database.run(website_states.states)
    except KeyboardInterrupt:
        return last


def _table(states: Sequence[WebsiteState]) -> Table:
    return table(HEADINGS, [_row(one) for one in states], optional=2)


def _row(one: WebsiteState) -> tuple[str | Text, ...]:
    read = f"{one.orders_fetched}/{one.expected_orders}" if one.expected_orders else str(one.orders_fetched)
    return (
        one.domain,
        Text(one.state, style=STYLES.get(one.state, "red")),
        read if one.run_id else "",
        str(one.imported_customers) if one.run_id else "",
        str(one.quarantined or ""),
        moment(one.last_sync),
        moment(one.next_due),
    )


def _data(one: WebsiteState) -> dict[str, object]:
    return {
        "websiteId": one.id,
        "domain": one.domain,
        "state": one.state,
        "runId": one.run_id,
        "ordersFetched": one.orders_fetched,
        "expectedOrders": one.expected_orders,
        "importedCustomers": one.imported_customers,
        "errorCode": one.error_code,
        "quarantined": one.quarantined,
        "watermark": one.watermark,
        "lastSync": one.last_sync,
        "nextDue": one.next_due,
    }
