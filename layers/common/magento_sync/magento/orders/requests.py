"""Requests for orders, and their answers checked against what was asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.client import FULL, Effort
from magento_sync.magento.http.failures import NoSuchEntity, ServerFailed
from magento_sync.magento.orders.order import LARGEST_ID, Order, parse_integer, parse_order
from magento_sync.magento.orders.page import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.client import MagentoClient

FIELDS = ("entity_id", "store_id", "created_at", "customer_email", "customer_firstname", "customer_lastname")
ENRICHED_FIELDS = (*FIELDS, "billing_address[firstname,lastname]", "items[name,parent_item_id]")

Filter = tuple[str, str, str]


class ItemsMissing(ServerFailed):
    """The answer counts orders and holds none: a broken list, or a count that does not follow the filter."""

    def __init__(self, total: int) -> None:
        self.total = total
        super().__init__("ANSWER_UNUSABLE")


class FilterIgnored(ShopNeedsPerson):
    """The shop sends other orders than those that were asked for."""

    def __init__(self) -> None:
        super().__init__("FILTER_IGNORED")


@dataclass(frozen=True)
class Request:
    """Which orders are asked for: those above an id or among the gaps, but not those that are left out.

    Attributes:
        stores: Ids of store views, none for all; a store code in the address does not filter (recordings 44-list-*).
        size: How many at most.
        after: Only ids above this; None asks for the gaps alone.
        up_to: Only ids up to this, if set.
        gaps: These ids too, wherever they are.
        without: But none of these.
        placed_from: Only orders placed at this moment (UTC) or later, if set. Fails where an extension joins tables.
        newest_first: Whether ids descend.
    """

    stores: Sequence[int]
    size: int
    after: int | None = None
    up_to: int | None = None
    gaps: Sequence[int] = ()
    without: Sequence[int] = ()
    placed_from: datetime | None = None
    newest_first: bool = False


@dataclass(frozen=True)
class RequestStyle:
    """How requests are written.

    Attributes:
        enrich: Whether billing names and product names are read too.
        plain: For shops that sign wrongly: no commas and brackets in values, hence whole orders.
    """

    enrich: bool = False
    plain: bool = False


def empty_request(stores: Sequence[int]) -> Request:
    """Returns a request that no order answers: the control request."""
    return Request(stores, size=1, after=LARGEST_ID)


def read_list(client: MagentoClient, request: Request, style: RequestStyle, effort: Effort = FULL) -> Page:
    """Asks for one page and believes the answer only after its shape has been checked.

    Raises:
        RequestFailed: The shop failed, or its answer cannot be used.
        FilterIgnored: The answer holds orders that were not asked for.
        ShopNeedsPerson: `SORT_IGNORED`: the orders are not sorted as asked.
        ShopError: Any other failure of the shop.
    """
    try:
        answer = client.get("/orders", _query(request, style), effort)
    except NoSuchEntity:
        # The list itself exists; a plugin looked for something that does not (#7518).
        raise ServerFailed("SHOP_ERROR", {"status": 404}) from None
    orders, total = _parse_list(answer)
    if request.stores:
        # The filter on stores implies that each order has one of them.
        orders = [order if order.store_id else replace(order, fault="UNUSABLE_VALUE") for order in orders]
    _check_filters(request, orders)
    _check_sort(request, orders)
    # A short page is the last; but the total of a shop that silently cuts pages shows that there is more.
    return Page(orders, last=len(orders) < request.size and total <= len(orders), total=total)


def read_order(client: MagentoClient, order_id: int, style: RequestStyle, effort: Effort = FULL) -> Order:
    """Reads an order by its id: Magento's code differs from the list's, so it can load alone and break it (#32306).

    Raises:
        NoSuchEntity: There is no such order.
        ShopError: The shop failed.
    """
    fields = {} if style.plain else {"fields": ",".join(_fields(style))}
    order = parse_order(client.get(f"/orders/{order_id}", fields, effort))
    if order is None or order.id != order_id:
        raise ServerFailed("ANSWER_UNUSABLE")
    return order


def _fields(style: RequestStyle) -> tuple[str, ...]:
    return ENRICHED_FIELDS if style.enrich else FIELDS


def _query(request: Request, style: RequestStyle) -> dict[str, str | int]:
    query: dict[str, str | int] = {}
    for group, filters in enumerate(_filter_groups(request, style)):
        for number, (name, condition, value) in enumerate(filters):
            key = f"searchCriteria[filterGroups][{group}][filters][{number}]"
            query |= {f"{key}[field]": name, f"{key}[conditionType]": condition, f"{key}[value]": value}
    fields = {} if style.plain else {"fields": f"items[{','.join(_fields(style))}],total_count"}
    return query | {
        "searchCriteria[sortOrders][0][field]": "entity_id",
        "searchCriteria[sortOrders][0][direction]": "DESC" if request.newest_first else "ASC",
        "searchCriteria[pageSize]": request.size,
        # Always the first: a page past the end is empty on 2.4 and the last page again on 2.3.
        "searchCriteria[currentPage]": 1,
        **fields,
    }


def _filter_groups(request: Request, style: RequestStyle) -> list[list[Filter]]:
    """Groups are ANDed, filters within a group ORed."""
    above: list[Filter] = [] if request.after is None else [("entity_id", "gt", str(request.after))]
    groups = [above + _any_of("entity_id", request.gaps, style), _any_of("store_id", request.stores, style)]
    if request.up_to is not None:
        groups.append([("entity_id", "lteq", str(request.up_to))])
    if request.placed_from is not None:
        groups.append([("created_at", "gteq", request.placed_from.strftime("%Y-%m-%d %H:%M:%S"))])
    if request.without and style.plain:
        groups += [[("entity_id", "nin", str(order_id))] for order_id in request.without]
    elif request.without:
        groups.append([("entity_id", "nin", ",".join(map(str, request.without)))])
    return [group for group in groups if group]


def _any_of(name: str, values: Sequence[int], style: RequestStyle) -> list[Filter]:
    if style.plain:
        return [(name, "eq", str(value)) for value in values]
    return [(name, "in", ",".join(map(str, values)))] if values else []


def _parse_list(answer: Any) -> tuple[list[Order], int]:  # noqa: ANN401 - JSON
    """Parses a list; an empty list may have `"items": null` (recording 40-list-empty-result-fields)."""
    total = parse_integer(answer.get("total_count")) if isinstance(answer, dict) else None
    if total is None or not 0 <= total <= LARGEST_ID:
        raise ServerFailed("ANSWER_UNUSABLE")
    items = [] if answer.get("items") is None else answer["items"]
    if not isinstance(items, list):
        raise ServerFailed("ANSWER_UNUSABLE")
    orders = [order for order in map(parse_order, items) if order is not None]
    if len(orders) < len(items):
        raise ServerFailed("ANSWER_UNUSABLE")
    if total and not orders:
        raise ItemsMissing(total)
    return orders, total


def _check_filters(request: Request, orders: Sequence[Order]) -> None:
    if len(orders) > request.size:
        raise ServerFailed("ANSWER_UNUSABLE")
    gaps, without = set(request.gaps), set(request.without)
    if not all(
        order.id not in without
        and (order.id in gaps or (request.after is not None and order.id > request.after))
        and (request.up_to is None or order.id <= request.up_to)
        and (request.placed_from is None or (order.created_at or datetime.min) >= request.placed_from)  # noqa: DTZ901 - UTC
        and (not request.stores or order.store_id is None or order.store_id in request.stores)
        for order in orders
    ):
        raise FilterIgnored


def _check_sort(request: Request, orders: Sequence[Order]) -> None:
    """Checks the order of the ids: in another order, pages would skip orders, whatever their size."""
    ids = [order.id for order in orders]
    if ids != sorted(set(ids), reverse=request.newest_first):
        raise ShopNeedsPerson("SORT_IGNORED")
