"""What the API's services answer to a caller who may."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.shop.http.request import Kind, Request
from local.shop.http.responses import (
    Answer,
    Refusal,
    internal_error,
    json_answer,
    missing_order,
    not_an_integer,
    refusal,
)
from local.shop.orders import conditions, criteria, fields
from local.shop.orders.criteria import Criteria

if TYPE_CHECKING:
    from local.shop.shop import Shop

_INTEGER = re.compile(r"[+-]?\d+")


class Services:
    """The services of one shop."""

    def __init__(self, shop: "Shop") -> None:
        """Serve from that shop's data."""
        self._shop = shop

    def orders(self, request: Request) -> Answer:
        """`GET /V1/orders`."""
        asked = criteria.parse(request.query, self._shop.settings.max_page_size)
        if not _all_known(asked):
            raise Refusal(internal_error())
        rows, total = self._shop.orders.page(self._cut(asked), legacy=self._shop.settings.legacy_paging)
        page = {"items": [*rows, *self._shop.faults.mixed_in], "search_criteria": asked.echo(), "total_count": total}
        answer = json_answer(fields.apply(page, request.query.get("fields")), orders=len(rows))
        return self._damaged(answer, request, "list", [row["entity_id"] for row in rows])

    def order(self, order_id: str, request: Request) -> Answer:
        """`GET /V1/orders/{id}`."""
        if not _INTEGER.fullmatch(order_id):
            raise not_an_integer(order_id)
        entity_id = int(order_id)
        if entity_id == 0:
            raise refusal(400, "An ID is needed. Set the ID and try again.")
        row = self._shop.orders.get(entity_id)
        if row is None:
            raise missing_order()
        answer = json_answer(fields.apply(row, request.query.get("fields")), orders=1)
        return self._damaged(answer, request, "order", [entity_id])

    def store_configs(self, request: Request) -> Answer:
        """`GET /V1/store/storeConfigs`; a `{{base_url}}` echoes the Host of the request."""
        codes = request.query.get("storeCodes")
        wanted = set(codes.values()) if isinstance(codes, dict) else None
        host = f"http://{request.headers.get('host', '')}/"
        views = [_echoing(view, host) for view in self._shop.stores if wanted is None or view["code"] in wanted]
        return json_answer(fields.apply(views, request.query.get("fields")))

    def _cut(self, asked: Criteria) -> Criteria:
        most = self._shop.settings.silent_page_limit
        return asked if most is None else replace(asked, page_size=min(asked.page_size or most, most))

    def _damaged(self, answer: Answer, request: Request, kind: Kind, entity_ids: list[int]) -> Answer:
        """The answer, or what the damage of an order in it makes of it."""
        fault = self._shop.faults.damage_among(entity_ids, kind)
        return answer if fault is None else fault.answer(lambda: answer, request.target)


def _all_known(asked: Criteria) -> bool:
    named = [one.field for group in asked.groups for one in group] + [sort.field for sort in asked.sorts]
    return all(conditions.known(name) for name in named)


def _echoing(view: dict[str, Any], host: str) -> dict[str, Any]:
    return {
        name: value.replace("{{base_url}}", host) if isinstance(value, str) else value for name, value in view.items()
    }
