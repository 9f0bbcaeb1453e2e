"""`watermark show` and `set`: the order id up to which a website is handled."""

from __future__ import annotations

import click

from magento_sync.db import websites
from magento_sync.db.ledger import LARGEST_WATERMARK
from magento_sync.errors import OperatorError
from ops.operator import Operator, on_target
from ops.output import Answer

LOWERED = (
    " Orders above it that are no longer in the ledger are read again; customers whom the app deleted may come back."
)


class IsRunning(OperatorError):
    """A run holds the website; nothing was changed."""


@click.group()
def watermark() -> None:
    """Show or set the order id up to which a website's orders are handled."""


@watermark.command("show")
@click.argument("website")
@on_target
def show(operator: Operator, website: str) -> Answer:
    """Show the watermark of WEBSITE (an id or a domain), and the floor, below which nothing is read again."""
    one = operator.website(website)
    data = {"websiteId": one.id, "watermark": one.watermark, "floor": one.floor}
    return Answer(data, f"{one.domain}: watermark {one.watermark}, floor {one.floor}.")


@watermark.command("set")
@click.argument("website")
@click.argument("order_id", type=click.IntRange(0, LARGEST_WATERMARK))
@on_target
def set_(operator: Operator, website: str, order_id: int) -> Answer:
    """Let the next run of WEBSITE (an id or a domain) start after ORDER_ID, and read nothing up to it."""
    one = operator.website(website)
    if not operator.database.run(websites.set_watermark, one.id, order_id):
        raise IsRunning(f"A sync of {one.domain} is active; nothing was changed. Wait for its end, or stop it.")
    data = {"websiteId": one.id, "watermark": order_id, "before": one.watermark}
    text = f"{one.domain}: the watermark was {one.watermark} and is {order_id} now."
    return Answer(data, text + (LOWERED if order_id < one.watermark else ""))
