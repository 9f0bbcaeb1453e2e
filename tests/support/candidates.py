"""Candidates for customers, made as a sync makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magento_sync.magento.orders.order import parse_order
from magento_sync.sync.conversion import convert

if TYPE_CHECKING:
    from magento_sync.db.customer_rows import Candidate


def candidate_of(values: dict[str, Any]) -> Candidate:
    """The candidate that an order of the shop becomes.

    Raises:
        OrderError: It becomes none.
    """
    order = parse_order(values)
    assert order is not None
    return convert(order, enrich=False)
