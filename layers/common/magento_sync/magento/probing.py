"""Probing: reading orders one id at a time, where the list cannot be used at all."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopUnavailable
from magento_sync.magento.answers import InternalError, NoSuchEntity, about_the_request
from magento_sync.magento.client import ATTEMPTS
from magento_sync.magento.damage import too_many_damaged
from magento_sync.magento.orders import Page, read_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.damage import Damage
    from magento_sync.magento.orders import Order, Style

AT_A_TIME = 2  # a real shop on two cores is no faster with more
BATCH = 40  # ids whose orders are stored together
BATCH_SECONDS = 30.0  # after which those read so far are stored
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

    def below(self, order_id: int) -> _Found:
        """What was found below an id."""
        return _Found(
            [order for order in self.orders if order["entity_id"] < order_id],
            *([one for one in ids if one < order_id] for ids in (self.damaged, self.elsewhere, self.missing)),
        )


class Probing:
    """Reads one website's orders by their ids.

    Only Magento's own 404 counts as a gap, and only while an order that is known to exist still answers.
    """

    name = "probing"

    def __init__(  # noqa: PLR0913 - what probing depends on
        self,
        connect: Callable[[], MagentoClient],
        stores: Sequence[int],
        style: Style,
        *,
        known: Sequence[int],
        damage: Damage,
        looked_up_to: int,
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
            looked_up_to: The highest id that this run has looked at in this way, or 0.
            look_ahead: How many ids without an order end the search.
            why: What is the matter with the list; it is raised where probing finds nothing to hold on to.
        """
        self._clients = [connect() for _ in range(AT_A_TIME)]
        self._stores = stores
        self._style = style
        self._known = list(known)
        self._damage = damage
        self._looked_up_to = looked_up_to
        self._look_ahead = look_ahead
        self._why = why
        self._highest = 0
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
        late = [order_id for order_id in gaps if self._looked_up_to < order_id <= after]
        next_id = max(self._looked_up_to, after) + 1
        ids = [*late, *range(next_id, next_id + BATCH)][:BATCH]
        all_found = self._look(ids) if self._begun else self._first_look(ids)
        found = self._believable(all_found)
        self._highest = max([self._highest, after, *found.answering, *found.damaged])
        last = found is all_found and self._looked_up_to >= self._highest + self._look_ahead
        self._hold_on(found, last=last)
        self._damage.found.update(found.damaged)
        return Page(
            found.orders,
            last=last,
            damaged=found.damaged,
            elsewhere=found.elsewhere,
            probed_up_to=self._looked_up_to,
        )

    def _first_look(self, ids: Sequence[int]) -> _Found:
        """All of the shop may be down: one small question tells."""
        self._begun = True
        if self._known:
            self._ask_for_a_known_order(attempts=1)
            return self._look(ids)
        found = self._look(ids[:AT_A_TIME], attempts=1)
        if found.damaged and not found.answering:
            raise self._why
        return found

    def _look(self, ids: Sequence[int], attempts: int = ATTEMPTS) -> _Found:
        """Looks at ids in ascending order, until all are done, one fails, or it has taken long."""
        began = time.monotonic()
        found = _Found()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for start in range(0, len(ids), AT_A_TIME):
                some = ids[start : start + AT_A_TIME]
                list(pool.map(lambda client, one: self._look_at(client, one, found, attempts), self._clients, some))
                self._looked_up_to = some[-1]
                if found.damaged or time.monotonic() - began > BATCH_SECONDS:
                    break
        found.orders.sort(key=lambda order: int(order["entity_id"]))
        return found

    def _look_at(self, client: MagentoClient, order_id: int, found: _Found, attempts: int) -> None:
        try:
            order = read_order(client, order_id, self._style, attempts=attempts)
        except NoSuchEntity:
            found.missing.append(order_id)
        except ShopUnavailable as failure:
            if failure.retry_after is not None or not about_the_request(failure):
                raise
            found.damaged.append(order_id)
        else:
            if order.get("store_id") in self._stores:
                found.orders.append(order)
            else:
                found.elsewhere.append(order_id)

    def _believable(self, found: _Found) -> _Found:
        """Where there are more damaged orders than can be believed, what lies below the first of those too many."""
        room = self._damage.room()
        if len(found.damaged) <= room:
            return found
        too_many = sorted(found.damaged)[room]
        self._looked_up_to, self._too_many = too_many - 1, True
        believable = found.below(too_many)
        if not believable.damaged and not believable.answering:
            raise too_many_damaged()
        return believable

    def _hold_on(self, found: _Found, *, last: bool) -> None:
        """Nothing that is missing or damaged counts unless an order that is known to exist answers afterwards."""
        self._known = [*found.answering[-1:], *self._known][:MOST_KNOWN]
        if found.damaged or last or (found.missing and self._known):
            self._ask_for_a_known_order()

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
