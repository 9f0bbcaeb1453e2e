"""Discovery: reading the order list by keyset pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.answers import AnswerUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magento_sync.magento.client import MagentoClient

FIELDS = ("entity_id", "store_id", "created_at", "customer_email", "customer_firstname", "customer_lastname")
ENRICHED_FIELDS = (*FIELDS, "billing_address[firstname,lastname]", "items[name,parent_item_id]")

Order = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """What one request brought.

    Attributes:
        orders: Ascending by id, each checked against the request.
        last: Whether the shop has nothing more for now.
        total: How many orders the request matched, those beyond this page included.
    """

    orders: list[Order]
    last: bool
    total: int


@dataclass(frozen=True)
class Request:
    """Which orders are asked for.

    Attributes:
        stores: Ids of store views; the store code in the address would not narrow the list (recordings 44-list-*).
        after: Only ids above this one.
        gaps: And these ids, wherever they lie.
        size: How many at most.
        enrich: Whether billing names and product names are wanted too.
    """

    stores: Sequence[int]
    after: int
    gaps: Sequence[int]
    size: int
    enrich: bool = False


def read_page(client: MagentoClient, request: Request) -> Page:
    """Asks for one page and believes it only after a look at its shape.

    Raises:
        ShopError: The shop failed, or answered something else than what was asked for.
    """
    answer = client.get("/orders", _query(request))
    orders, total = _checked_shape(answer)
    _check_against(request, orders)
    if not orders and total:
        raise AnswerUnusable("ANSWER_UNUSABLE")
    # A short page is the last one; but a shop that silently cuts pages tells by its total that there is more.
    return Page(orders, last=len(orders) < request.size and total <= len(orders), total=total)


def _query(request: Request) -> dict[str, str | int]:
    newer = [("entity_id", "gt", str(request.after))]
    gaps = [("entity_id", "in", ",".join(map(str, request.gaps)))] if request.gaps else []
    groups = [newer + gaps, [("store_id", "in", ",".join(map(str, request.stores)))]]
    query: dict[str, str | int] = {}
    for group, filters in enumerate(groups):
        for number, (name, condition, value) in enumerate(filters):
            key = f"searchCriteria[filterGroups][{group}][filters][{number}]"
            query |= {f"{key}[field]": name, f"{key}[conditionType]": condition, f"{key}[value]": value}
    fields = ENRICHED_FIELDS if request.enrich else FIELDS
    return query | {
        "searchCriteria[sortOrders][0][field]": "entity_id",
        "searchCriteria[sortOrders][0][direction]": "ASC",
        "searchCriteria[pageSize]": request.size,
        # Always the first: a page past the end is empty on 2.4 and the last one again on 2.3.
        "searchCriteria[currentPage]": 1,
        "fields": f"items[{','.join(fields)}],total_count",
    }


def _checked_shape(answer: Any) -> tuple[list[Order], int]:  # noqa: ANN401 - JSON
    """An empty list is `{"items": null, "total_count": 0}` (recording 40-list-empty-result-fields); all else has to be a list."""
    if not isinstance(answer, dict) or not _is_id(answer.get("total_count"), smallest=0):
        raise AnswerUnusable("ANSWER_UNUSABLE")
    total: int = answer["total_count"]
    items = answer.get("items")
    if items is None and total == 0:
        items = []
    if not isinstance(items, list) or not all(
        isinstance(order, dict) and _is_id(order.get("entity_id"), smallest=1) for order in items
    ):
        raise AnswerUnusable("ANSWER_UNUSABLE")
    return items, total


def _check_against(request: Request, orders: Sequence[Mapping[str, Any]]) -> None:
    ids = [order["entity_id"] for order in orders]
    gaps = set(request.gaps)
    if ids != sorted(set(ids)) or len(ids) > request.size:
        raise AnswerUnusable("ANSWER_UNUSABLE")
    if any(order_id <= request.after and order_id not in gaps for order_id in ids) or any(
        order.get("store_id") not in request.stores for order in orders
    ):
        raise ShopNeedsPerson("FILTER_IGNORED")


def _is_id(value: object, *, smallest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= smallest
