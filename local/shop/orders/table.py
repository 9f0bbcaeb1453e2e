"""The order table, with indexes by id and by store."""

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from local.shop.data.template import new_order
from local.shop.orders import conditions
from local.shop.orders.criteria import Criteria, Filter

Order = dict[str, Any]


class OrderTable:
    """Orders by id, with MySQL's auto-increment: an id is never issued twice.

    Any thread may call any method.
    """

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        """Stores `orders`; each has an `entity_id` of its own."""
        self._lock = threading.RLock()
        self.reset(orders)

    def reset(self, orders: Iterable[Order] = ()) -> None:
        """Replaces all orders; the next id is the one after the highest, or 1."""
        with self._lock:
            self._by_id = {order["entity_id"]: order for order in sorted(orders, key=itemgetter("entity_id"))}
            self._ids = list(self._by_id)
            self._ids_by_store: dict[Any, list[int]] = {}
            for entity_id, order in self._by_id.items():
                self._ids_by_store.setdefault(order.get("store_id"), []).append(entity_id)
            self._last_id = self._ids[-1] if self._ids else 0

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def ids(self) -> list[int]:
        """The ids of all orders, lowest first."""
        with self._lock:
            return list(self._ids)

    def get(self, entity_id: int) -> Order | None:
        """Returns the order of that id, if there is one."""
        return self._by_id.get(entity_id)

    def add(self, **fields: object) -> int:
        """Adds an order; columns that `fields` lack get plausible values. Returns its id."""
        return self.commit(self.reserve(), **fields)

    def reserve(self) -> int:
        """Issues the next id without an order: a checkout whose transaction is still open (82)."""
        with self._lock:
            self._last_id += 1
            return self._last_id

    def commit(self, entity_id: int, **fields: object) -> int:
        """Adds the order of a reserved id and returns the id. A rollback is no call at all: the id stays a gap."""
        self.put(new_order(entity_id, **fields))
        return entity_id

    def put(self, order: Order) -> None:
        """Stores an order; it replaces the order with its id."""
        with self._lock:
            entity_id = order["entity_id"]
            self.delete(entity_id)
            self._by_id[entity_id] = order
            insort(self._ids, entity_id)
            insort(self._ids_by_store.setdefault(order.get("store_id"), []), entity_id)
            self._last_id = max(self._last_id, entity_id)

    def change(self, entity_id: int, **fields: object) -> None:
        """Changes columns of an order."""
        with self._lock:
            self.put(self._by_id[entity_id] | fields)

    def delete(self, *entity_ids: int) -> None:
        """Deletes orders; unknown ids are skipped."""
        with self._lock:
            for entity_id in entity_ids:
                order = self._by_id.pop(entity_id, None)
                if order is not None:
                    self._ids.remove(entity_id)
                    self._ids_by_store[order.get("store_id")].remove(entity_id)

    def page(self, criteria: Criteria, *, legacy: bool = False) -> tuple[list[Order], int]:
        """Returns the orders of the requested page, and how many match in total.

        Args:
            criteria: The filters; without a sort order it sorts by id, a page size of 0 or None is no limit.
            legacy: Whether a page past the end repeats the last page.
        """
        with self._lock:
            ids: Sequence[int] = self._ids
            for group in sorted(criteria.groups, key=_cost):
                ids = self._narrowed(ids, group)
            ids = self._sorted(ids, criteria)
            first, size = _window(criteria, len(ids), legacy=legacy)
            return [self._by_id[one] for one in ids[first : first + size]], len(ids)

    def _narrowed(self, ids: Sequence[int], group: tuple[Filter, ...]) -> Sequence[int]:
        if ids is self._ids and _by_store(group):
            return _merged([self._ids_by_store.get(store, []) for store in conditions.integers(group[0])])
        if all(one.field == "entity_id" and one.condition in _RANGES for one in group):
            return _merged([_range(ids, one) for one in group])
        return [one for one in ids if any(conditions.holds(filter_, self._by_id[one]) for filter_ in group)]

    def _sorted(self, ids: Sequence[int], criteria: Criteria) -> Sequence[int]:
        sorts = criteria.sorts
        if len(sorts) == 1 and sorts[0].field == "entity_id":
            return ids[::-1] if sorts[0].descending else ids
        ids = list(ids)
        for sort in reversed(sorts):
            key = conditions.sort_key(sort.field)
            ids.sort(key=lambda one: key(self._by_id[one]), reverse=sort.descending)
        return ids


def _window(criteria: Criteria, total: int, *, legacy: bool) -> tuple[int, int]:
    """Returns the first row and the number of rows; a size below 1 means 1, a page below 1 the first (41, 42)."""
    if not criteria.page_size:
        return 0, total
    size = max(criteria.page_size, 1)
    page = max(criteria.current_page, 1)
    if legacy:
        page = min(page, max(-(-total // size), 1))
    return (page - 1) * size, size


_RANGES = {"gt", "gteq", "moreq", "lt", "lteq", "eq", "in"}


def _by_store(group: tuple[Filter, ...]) -> bool:
    """Returns whether the group is one filter on `store_id` that the index covers."""
    if len(group) != 1 or group[0].field != "store_id" or group[0].condition not in {"eq", "in"}:
        return False
    return all(part.strip().isdigit() for part in group[0].value.split(","))


def _cost(group: tuple[Filter, ...]) -> int:
    """Returns the rank of a group: the store's index comes first, then ids, then filters that read every row."""
    if _by_store(group):
        return 0
    return 1 if all(one.field == "entity_id" for one in group) else 2


def _range(ids: Sequence[int], one: Filter) -> Sequence[int]:
    wanted = conditions.integers(one)
    if one.condition == "in":
        return sorted(wanted.intersection(ids))
    low, high = bisect_left(ids, min(wanted)), bisect_right(ids, min(wanted))
    return {"gt": ids[high:], "gteq": ids[low:], "moreq": ids[low:], "lt": ids[:low], "lteq": ids[:high]}.get(
        one.condition, ids[low:high]
    )


def _merged(parts: list[Sequence[int]]) -> Sequence[int]:
    """Returns the union of sorted lists."""
    return parts[0] if len(parts) == 1 else sorted(set().union(*parts))
