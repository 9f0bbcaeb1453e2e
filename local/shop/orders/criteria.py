"""Search criteria of the order list: parsed from the query, and echoed in the response, as Magento does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.shop.http import php
from local.shop.http.responses import Refusal, fatal_error, not_an_integer, refusal

UNLIMITED = 999999
"""The page size that Magento assumes if limits are on and none is given (60-limits-enabled-pagesize-None)."""


@dataclass(frozen=True)
class Filter:
    """One condition on one field."""

    field: str
    value: str
    condition: str = "eq"


@dataclass(frozen=True)
class Sort:
    """One sort order; no direction means DESC."""

    field: str
    direction: str | None = None

    @property
    def descending(self) -> bool:
        """Whether the highest value comes first."""
        return self.direction != "ASC"


@dataclass(frozen=True)
class Criteria:
    """Filter groups are joined by AND, the filters of a group by OR."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sorts: tuple[Sort, ...] = ()
    page_size: int | None = None
    current_page: int = 1

    @property
    def fields(self) -> list[str]:
        """The columns that it names."""
        return [one.field for group in self.groups for one in group] + [sort.field for sort in self.sorts]

    def echo(self) -> dict[str, Any]:
        """Returns the criteria as the response repeats them where no `fields` are given."""
        echo: dict[str, Any] = {"filter_groups": [{"filters": [_echo(one) for one in group]} for group in self.groups]}
        if self.sorts:
            echo["sort_orders"] = [
                {"field": sort.field} | ({"direction": sort.direction} if sort.direction else {}) for sort in self.sorts
            ]
        if self.page_size is not None:
            echo["page_size"] = self.page_size
        return echo | {"current_page": self.current_page}


def _echo(one: Filter) -> dict[str, str]:
    return {"field": one.field, "value": one.value, "condition_type": one.condition}


def parse(query: Mapping[str, Any], max_page_size: int | None = None) -> Criteria:
    """Returns the criteria of a parsed query.

    Args:
        query: The result of `php.parse_query`.
        max_page_size: The shop's limit; None, Magento's default, for no limit.

    Raises:
        Refusal: No criteria, no number, too large a page, or an unknown direction.
    """
    found = php.first_present(query, "searchCriteria", "search_criteria")
    if found is None:
        raise refusal(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    given = found[1]
    if given == "":
        raise Refusal(fatal_error())
    if not isinstance(given, dict):
        return Criteria(page_size=None if max_page_size is None else UNLIMITED)
    page_size = _integer(given, "pageSize", "page_size")
    current_page = _integer(given, "currentPage", "current_page")
    if max_page_size is not None:
        # Magento checks the camelCase key only.
        if php.integer(given.get("pageSize", 0)) > max_page_size:
            raise refusal(400, "Maximum SearchCriteria pageSize is %max", {"max": max_page_size})
        page_size = UNLIMITED if page_size is None else page_size
    return Criteria(
        groups=tuple(_group(group) for group in _children(given, "filterGroups", "filter_groups")),
        sorts=tuple(_sort(sort) for sort in _children(given, "sortOrders", "sort_orders")),
        page_size=page_size,
        current_page=1 if current_page is None else current_page,
    )


def _integer(given: Mapping[str, Any], *names: str) -> int | None:
    found = php.first_present(given, *names)
    if found is None:
        return None
    name, value = found
    if not php.is_numeric(str(value)):
        raise not_an_integer(str(value), f'Error occurred during "{name}" processing. ')
    return int(float(value))


def _children(given: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    found = php.first_present(given, *names)
    children = found[1].values() if found and isinstance(found[1], dict) else ()
    return [child for child in children if isinstance(child, dict)]


def _group(given: Mapping[str, Any]) -> tuple[Filter, ...]:
    return tuple(_filter(one) for one in _children(given, "filters"))


def _filter(given: Mapping[str, Any]) -> Filter:
    condition = php.first_present(given, "conditionType", "condition_type")
    value = given.get("value", "")
    text = ",".join(value.values()) if isinstance(value, dict) else str(value)
    return Filter(str(given.get("field", "")), text, str(condition[1]) if condition else "eq")


def _sort(given: Mapping[str, Any]) -> Sort:
    direction = given.get("direction")
    if direction is None:
        return Sort(str(given.get("field", "")))
    if str(direction).upper() not in {"ASC", "DESC"}:
        text = "The sort order has to be specified as %1 for ascending order or %2 for descending order."
        raise refusal(400, text, ["ASC", "DESC"])
    return Sort(str(given.get("field", "")), str(direction).upper())
