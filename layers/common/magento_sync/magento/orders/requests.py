"""Requests for orders, and their answers checked against what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.client import ATTEMPTS
from magento_sync.magento.http.responses import AnswerUnusable, NoSuchEntity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magento_sync.magento.client import MagentoClient

FIELDS = ("entity_id", "store_id", "created_at", "customer_email", "customer_firstname", "customer_lastname")
ENRICHED_FIELDS = (*FIELDS, "billing_address[firstname,lastname]", "items[name,parent_item_id]")
BEYOND_ALL_IDS = 2**32  # `entity_id` is an unsigned int

Order = dict[str, Any]
Filter = tuple[str, str, str]


@dataclass(frozen=True)
class ProbeCursor:
    """How far probing has got.

    Attributes:
        up_to: How far it has looked, whether there is an order or not.
        exists_up_to: The highest id of an order that it has met, read or not.
    """

    up_to: int
    exists_up_to: int


@dataclass(frozen=True)
class Page:
    """What was read.

    Attributes:
        orders: Ascending by id, each checked against the request.
        last: Whether the shop has nothing more for now.
        total: How many orders there are to read, those of this page included, by the shop's count; None where it does not count.
        damaged: Ids that the shop cannot give us, though it gives the others.
        elsewhere: Ids of other stores' orders, found by probing.
        certain_up_to: Up to which id the page tells all, so that the watermark may rise; None where that is all of it.
        probed: How far probing has got; None where the list was read.
    """

    orders: Sequence[Order]
    last: bool
    total: int | None = None
    damaged: Sequence[int] = ()
    elsewhere: Sequence[int] = ()
    certain_up_to: int | None = None
    probed: ProbeCursor | None = None


@dataclass(frozen=True)
class Request:
    """Which orders are asked for: those above an id or among the gaps, but not those that are left out.

    Attributes:
        stores: Ids of store views, none for all; the store code in the address would not narrow the list (recordings 44-list-*).
        size: How many at most.
        after: Only ids above this one; None asks for the gaps alone.
        up_to: Only ids up to this one, if set.
        gaps: These ids too, wherever they lie.
        without: But none of these.
        placed_from: Only orders placed at this moment (UTC) or later, if set. Fails where an extension joins tables.
        newest_first: The order in which they come.
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
        enrich: Whether billing names and product names are wanted too.
        plain: For shops that mis-sign: no commas and brackets in values, hence whole orders.
    """

    enrich: bool = False
    plain: bool = False


def read_page(
    client: MagentoClient,
    request: Request,
    style: RequestStyle,
    *,
    attempts: int = ATTEMPTS,
    longest: float | None = None,
) -> Page:
    """Asks for one page and believes it only after a look at its shape.

    Args:
        client: The shop.
        request: What is asked for.
        style: How it is written.
        attempts: How often it is asked where the shop's failure may pass.
        longest: Seconds that one attempt may take, if not as long as any other request.

    Raises:
        ShopError: The shop failed, or answered something else than what was asked for.
    """
    try:
        answer = client.get("/orders", _query(request, style), attempts=attempts, longest=longest)
    except NoSuchEntity:
        # No list is missing: a plugin looked for something else that is gone (#7518).
        raise AnswerUnusable("SHOP_ERROR", {"status": int(HTTPStatus.NOT_FOUND)}) from None
    orders, total = _checked_shape(answer)
    _check_against(request, orders)
    # A short page is the last one; but a shop that silently cuts pages tells by its total that there is more.
    return Page(orders, last=len(orders) < request.size and total <= len(orders), total=total)


def read_order(
    client: MagentoClient, order_id: int, style: RequestStyle, *, attempts: int = ATTEMPTS, longest: float | None = None
) -> Order:
    """Asks for one order, by another way than the list: it can load alone and still break the list (#32306).

    Args:
        client: The shop.
        order_id: Which order.
        style: How requests are written.
        attempts: How often it is asked where the shop's failure may pass.
        longest: Seconds that one attempt may take, if not as long as any other request.

    Raises:
        ShopError: The shop failed; `NoSuchEntity` where there is no such order.
    """
    fields = {} if style.plain else {"fields": ",".join(_fields(style))}
    order = client.get(f"/orders/{order_id}", fields, attempts=attempts, longest=longest)
    if not isinstance(order, dict) or order.get("entity_id") != order_id:
        raise AnswerUnusable("ANSWER_UNUSABLE")
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
        # Always the first: a page past the end is empty on 2.4 and the last one again on 2.3.
        "searchCriteria[currentPage]": 1,
        **fields,
    }


def _filter_groups(request: Request, style: RequestStyle) -> list[list[Filter]]:
    """Groups are ANDed, filters within a group ORed."""
    wanted: list[Filter] = [] if request.after is None else [("entity_id", "gt", str(request.after))]
    groups = [wanted + _any_of("entity_id", request.gaps, style), _any_of("store_id", request.stores, style)]
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


def _checked_shape(answer: Any) -> tuple[list[Order], int]:  # noqa: ANN401 - JSON
    """An empty list may be `{"items": null, "total_count": 0}` (recording 40-list-empty-result-fields), and is empty by its count too."""
    if not isinstance(answer, dict) or not _is_id(answer.get("total_count"), smallest=0):
        raise AnswerUnusable("ANSWER_UNUSABLE")
    total: int = answer["total_count"]
    items = [] if answer.get("items") is None else answer["items"]
    if not isinstance(items, list) or not all(
        isinstance(order, dict) and _is_id(order.get("entity_id"), smallest=1) for order in items
    ):
        raise AnswerUnusable("ANSWER_UNUSABLE")
    if total and not items:
        raise AnswerUnusable("ANSWER_UNUSABLE")
    return items, total


def _check_against(request: Request, orders: Sequence[Mapping[str, Any]]) -> None:
    ids = [order["entity_id"] for order in orders]
    if len(ids) > request.size:
        raise AnswerUnusable("ANSWER_UNUSABLE")
    gaps, without = set(request.gaps), set(request.without)
    asked_for = all(
        order_id not in without
        and (order_id in gaps or (request.after is not None and order_id > request.after))
        and (request.up_to is None or order_id <= request.up_to)
        for order_id in ids
    )
    if request.placed_from is not None:
        asked_for &= all((created_at(order) or datetime.min) >= request.placed_from for order in orders)  # noqa: DTZ901 - UTC
    if not asked_for or (request.stores and any(order.get("store_id") not in request.stores for order in orders)):
        raise ShopNeedsPerson("FILTER_IGNORED")
    if ids != sorted(set(ids), reverse=request.newest_first):
        # No order's fault: in smaller pages it would only show less, and orders be passed over.
        raise ShopNeedsPerson("SORT_IGNORED")


def created_at(order: Mapping[str, Any]) -> datetime | None:
    """When an order was placed, in UTC: Magento does not say that it is; an extension's may name a zone. None for a zero date."""
    try:
        moment = datetime.fromisoformat(str(order.get("created_at")))
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _is_id(value: object, *, smallest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and smallest <= value <= BEYOND_ALL_IDS
