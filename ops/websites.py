"""`websites`: their ids, domains and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from magento_sync.db import website_states
from ops.operator import Operator, on_target
from ops.output import Answer, table

if TYPE_CHECKING:
    from magento_sync.db.website_states import WebsiteState


@click.command()
@on_target
def websites(operator: Operator) -> Answer:
    """List the websites: id, domain and state."""
    found = operator.database.run(website_states.states)
    data = [{"id": one.id, "domain": one.domain, "state": one.state, "autoUpload": one.auto_upload} for one in found]
    return Answer(data, table(("Id", "Domain", "State"), [_row(one) for one in found]))


def _row(one: WebsiteState) -> tuple[str, str, str]:
    return one.id, one.domain, one.state
