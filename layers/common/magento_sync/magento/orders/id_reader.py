"""Probing: reading orders one id at a time, where the list cannot be used at all."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError, ShopUnavailable
from magento_sync.magento.client import ATTEMPTS
from magento_sync.magento.http.responses import InternalError, NoSuchEntity, about_the_request, may_be_the_orders
from magento_sync.magento.orders.damage import too_many_damaged
from magento_sync.magento.orders.requests import Page, ProbeCursor, read_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.requests import Order, RequestStyle

AT_A_TIME = 2  # a real shop on two cores is no faster with more
BATCH = 40  # ids whose orders are stored together
BATCH_SECONDS = 30.0  # after which those read so far are stored
CONFIRMATIONS = 2
MOST_KNOWN = 3  # orders to hold on to: one of them may be deleted


@dataclass
class _Found:
    orders: list[Order] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)

    @property
    def answering(self) -> list[int]:
        """Ids of the orders that can be read."""
        return sorted([*(int(order["entity_id"]) for order in self.orders), *self.elsewhere])

    @property
    def top(self) -> int:
        """The highest of them, or 0."""
        return max(self.answering, default=0)

    def up_to(self, order_id: int) -> _Found:
        """What was found up to an id."""
        return _Found(
            [order for order in self.orders if order["entity_id"] <= order_id],
            *([one for one in ids if one <= order_id] for ids in (self.damaged, self.elsewhere, self.missing)),
        )


class IdReader:
    """Reads one website's orders by their ids.

    Only Magento's own 404 counts as a gap, and only while an order that is known to exist still answers.
    """

    name = "probing"

    def __init__(  # noqa: PLR0913 - what probing depends on
        self,
        connect: Callable[[], MagentoClient],
        stores: Sequence[int],
        style: RequestStyle,
        *,
        known: Sequence[int],
        damage: Damage,
        looked_up_to: int,
        exists_up_to: int,
        look_ahead: int,
        why: ShopError,
    ) -> None:
        """Does not ask for anything yet.

        Args:
            connect: Makes a client; each of those at work at the same time has its own.
            stores: Ids of store views; orders of others are noted and passed over.
            style: How requests are written.
            known: Ids of orders that are known to exist; one that answers is enough.
            damage: What was found damaged in this run so far.
            looked_up_to: How far this run has looked in this way, or 0.
            exists_up_to: The highest id of an order that it has met in this way, or 0.
            look_ahead: How many ids without an order end the search.
            why: What is the matter with the list; it is raised where probing finds nothing to hold on to.
        """
        self._clients = [connect() for _ in range(AT_A_TIME)]
        self._stores = stores
        self._style = style
        self._known = list(known)
        self._damage = damage
        self._looked_up_to = looked_up_to
        self._exists_up_to = exists_up_to
        self._look_ahead = look_ahead
        self._why = why
        self._highest = 0
        self._told_damaged: set[int] = set()
        self._begun = False
        self._too_many = False

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients:
            client.close()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The orders among the next ids: first the gaps, then those above one.

        Raises:
            ShopError: The shop cannot be read this way either; typed by what can be done about it.
        """
        if self._too_many:
            raise too_many_damaged()
        self._highest = max(self._highest, after)
        late = [order_id for order_id in gaps if self._looked_up_to < order_id <= after]
        next_id = max(self._looked_up_to, after) + 1
        ids = [*late, *range(next_id, next_id + BATCH)][:BATCH]
        found = self._believable(self._look(ids) if self._begun else self._first_look(ids))
        if next_id > self._highest + 1:
            found = self._in_time(found)
        if found.top >= next_id:
            # What lies above is looked at together with what follows, when it may exist.
            self._looked_up_to, found = found.top, found.up_to(found.top)
        self._highest = max(self._highest, found.top)
        last = self._looked_up_to >= self._highest + self._look_ahead and not self._too_many
        self._hold_on(found, last=last)
        # By now an order above has answered: what is still missing does not exist.
        self._look_again(found, [one for one in found.missing if next_id <= one < found.top])
        return self._page(found, last=last)

    def _in_time(self, found: _Found) -> _Found:
        """What may be passed: up to an order that was known of when the ids below it were looked at.

        What did not exist before that may exist now: where nothing may be passed, all above the last order is looked at once more.
        """
        if found.top <= self._exists_up_to:
            return found
        in_time, self._exists_up_to = found.up_to(self._exists_up_to), found.top
        if in_time.top > self._highest:
            return in_time
        self._looked_up_to, self._too_many = self._highest, False
        return _Found()

    def _page(self, found: _Found, *, last: bool) -> Page:
        damaged = [order_id for order_id in found.damaged if order_id not in self._told_damaged]
        self._told_damaged.update(damaged)
        self._damage.found.update(damaged)
        self._exists_up_to = max(self._exists_up_to, self._highest)
        return Page(
            found.orders,
            last=last,
            damaged=damaged,
            elsewhere=found.elsewhere,
            certain_up_to=self._highest,  # what fails above may be no order at all
            probed=ProbeCursor(self._looked_up_to, self._exists_up_to),
        )

    def _first_look(self, ids: Sequence[int]) -> _Found:
        """All of the shop may be down: one small question tells."""
        self._begun = True
        if self._known:
            self._ask_for_a_known_order(attempts=1)
            return self._look(ids)
        return self._look(ids[:AT_A_TIME], attempts=1)

    def _look(self, ids: Sequence[int], attempts: int = ATTEMPTS) -> _Found:
        """Looks at ids in ascending order, until all are done, too many fail, or it has taken long."""
        began = time.monotonic()
        found = _Found()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for start in range(0, len(ids), AT_A_TIME):
                some = ids[start : start + AT_A_TIME]
                list(pool.map(lambda client, one: self._look_at(client, one, found, attempts), self._clients, some))
                self._looked_up_to = some[-1]
                self._confirm(found, some)
                if len(self._new(found)) > self._damage.room() or time.monotonic() - began > BATCH_SECONDS:
                    break
        return found

    def _look_at(self, client: MagentoClient, order_id: int, found: _Found, attempts: int) -> None:
        try:
            order = read_order(client, order_id, self._style, attempts=attempts)
        except NoSuchEntity:
            found.missing.append(order_id)
        except ShopError as failure:
            if not may_be_the_orders(failure):
                raise
            found.damaged.append(order_id)
        else:
            if order.get("store_id") in self._stores:
                found.orders.append(order)
            else:
                found.elsewhere.append(order_id)

    def _confirm(self, found: _Found, ids: Sequence[int]) -> None:
        """What fails has to fail twice more after an order that is known to exist has answered: chance fails too, and so does an outage."""
        failed = [order_id for order_id in ids if order_id in found.damaged]
        if failed:
            self._know(found)
            self._ask_for_a_known_order()
        for _ in range(CONFIRMATIONS):
            self._look_again(found, [order_id for order_id in failed if order_id in found.damaged])

    def _look_again(self, found: _Found, ids: Sequence[int]) -> None:
        for order_id in ids:
            found.damaged, found.missing = _without(order_id, found.damaged), _without(order_id, found.missing)
            self._look_at(self._clients[0], order_id, found, attempts=1)
        found.orders.sort(key=lambda order: int(order["entity_id"]))

    def _new(self, found: _Found) -> list[int]:
        return sorted(set(found.damaged) - self._damage.found)

    def _believable(self, found: _Found) -> _Found:
        """Where there are more damaged orders than can be believed, what lies below the first of those too many."""
        room, new = self._damage.room(), self._new(found)
        if len(new) <= room:
            return found
        self._looked_up_to, self._too_many = new[room] - 1, True
        believable = found.up_to(self._looked_up_to)
        if not believable.damaged and not believable.answering:
            raise too_many_damaged()
        return believable

    def _hold_on(self, found: _Found, *, last: bool) -> None:
        """Where nothing answers, an order that is known to exist has to: else it is the shop that has no orders for a while."""
        self._know(found)
        if last or (self._known and not found.answering):
            self._ask_for_a_known_order()

    def _know(self, found: _Found) -> None:
        self._known = list(dict.fromkeys([*found.answering[-1:], *self._known]))[:MOST_KNOWN]

    def _ask_for_a_known_order(self, attempts: int = ATTEMPTS) -> None:
        for order_id in self._known:
            try:
                read_order(self._clients[0], order_id, self._style, attempts=attempts)
            except (InternalError, NoSuchEntity):
                continue
            except ShopUnavailable as failure:
                if failure.retry_after is not None or not about_the_request(failure):
                    raise
                break
            return
        raise self._why


def _without(order_id: int, ids: Sequence[int]) -> list[int]:
    return [one for one in ids if one != order_id]
