"""The API's services, for a client with the permission to call them."""

import re
from dataclasses import replace
from typing import Any

from local.shop.data.template import COLUMNS
from local.shop.failures import Failure
from local.shop.http import fields
from local.shop.http.request import Request
from local.shop.http.responses import (
    Refusal,
    Response,
    internal_error,
    json_response,
    missing_order,
    not_an_integer,
    refusal,
)
from local.shop.orders import criteria
from local.shop.orders.criteria import Criteria
from local.shop.orders.table import OrderTable
from local.shop.settings import ShopSettings
from local.shop.switches import FailureSwitches

_INTEGER = re.compile(r"[+-]?\d+")


def list_orders(table: OrderTable, failures: FailureSwitches, settings: ShopSettings, request: Request) -> Response:
    """`GET /V1/orders`."""
    parsed = criteria.parse(request.query, settings.max_page_size)
    if not COLUMNS.issuperset(parsed.fields):
        raise Refusal(internal_error())  # for an unknown column (43)
    rows, total = table.page(_limited(parsed, settings.silent_page_limit), legacy=settings.legacy_paging)
    page = {"items": [*rows, *failures.extra_orders], "search_criteria": parsed.echo(), "total_count": total}
    response = json_response(fields.apply(page, request.query.get("fields")), orders=len(rows))
    return _failed(response, request, failures.of_orders([row["entity_id"] for row in rows], "list"))


def show_order(table: OrderTable, failures: FailureSwitches, order_id: str, request: Request) -> Response:
    """`GET /V1/orders/{id}`."""
    if not _INTEGER.fullmatch(order_id):
        raise not_an_integer(order_id)
    entity_id = int(order_id)
    if entity_id == 0:
        raise refusal(400, "An ID is needed. Set the ID and try again.")
    row = table.get(entity_id)
    if row is None:
        raise missing_order()
    response = json_response(fields.apply(row, request.query.get("fields")), orders=1)
    return _failed(response, request, failures.of_orders([entity_id], "order"))


def store_configs(stores: list[dict[str, Any]], request: Request) -> Response:
    """`GET /V1/store/storeConfigs`; a `{{base_url}}` becomes the request's Host."""
    codes = request.query.get("storeCodes")
    wanted = set(codes.values()) if isinstance(codes, dict) else None
    host = f"http://{request.headers.get('host', '')}/"
    views = [_with_host(view, host) for view in stores if wanted is None or view["code"] in wanted]
    return json_response(fields.apply(views, request.query.get("fields")))


def _limited(parsed: Criteria, limit: int | None) -> Criteria:
    return parsed if limit is None else replace(parsed, page_size=min(parsed.page_size or limit, limit))


def _failed(response: Response, request: Request, failure: Failure | None) -> Response:
    return response if failure is None else failure(lambda: response, request.target)


def _with_host(view: dict[str, Any], host: str) -> dict[str, Any]:
    return {
        name: value.replace("{{base_url}}", host) if isinstance(value, str) else value for name, value in view.items()
    }
