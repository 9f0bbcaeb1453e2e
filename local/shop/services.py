"""What the API's services answer to a caller who may."""

import re
from typing import TYPE_CHECKING, Any

from local.shop import conditions, criteria, fields
from local.shop.answers import Answer, Refusal, internal_error, json_answer, missing_order, not_an_integer, refusal
from local.shop.criteria import Criteria
from local.shop.request import Request

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
        rows, total = self._shop.orders.page(asked, legacy=self._shop.settings.legacy_paging)
        self._refuse_damaged([row["entity_id"] for row in rows])
        page = {"items": [*rows, *self._shop.faults.mixed_in], "search_criteria": asked.echo(), "total_count": total}
        return json_answer(fields.apply(page, request.query.get("fields")), orders=len(rows))

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
        self._refuse_damaged([entity_id])
        return json_answer(fields.apply(row, request.query.get("fields")), orders=1)

    def store_configs(self, request: Request) -> Answer:
        """`GET /V1/store/storeConfigs`; a `{{base_url}}` echoes the Host of the request."""
        codes = request.query.get("storeCodes")
        wanted = set(codes.values()) if isinstance(codes, dict) else None
        host = f"http://{request.headers.get('host', '')}/"
        views = [_echoing(view, host) for view in self._shop.stores if wanted is None or view["code"] in wanted]
        return json_answer(fields.apply(views, request.query.get("fields")))

    def _refuse_damaged(self, entity_ids: list[int]) -> None:
        if self._shop.faults.damaged.intersection(entity_ids):
            raise Refusal(internal_error())


def _all_known(asked: Criteria) -> bool:
    named = [one.field for group in asked.groups for one in group] + [sort.field for sort in asked.sorts]
    return all(conditions.known(name) for name in named)


def _echoing(view: dict[str, Any], host: str) -> dict[str, Any]:
    return {
        name: value.replace("{{base_url}}", host) if isinstance(value, str) else value for name, value in view.items()
    }
