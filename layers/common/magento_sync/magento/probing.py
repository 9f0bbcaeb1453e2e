"""Probing: reading orders one id at a time, where the list cannot be used at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.answers import AnswerUnusable, NoSuchEntity
from magento_sync.magento.narrowing import MOST_DAMAGED
from magento_sync.magento.orders import Page, read_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders import Order, Style

AT_A_TIME = 2  # a real shop on two cores is no faster with more
BATCH = 40  # ids whose orders are stored together


@dataclass
class _Found:
    orders: list[Order] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


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
        look_ahead: int,
        why: ShopError,
    ) -> None:
        """Does not ask for anything yet.

        Args:
            connect: Makes a client; each of those at work at the same time has its own.
            stores: Ids of store views; orders of others are noted and passed over.
            style: How requests are written.
            known: Ids of orders that are known to exist; one that answers is enough.
            look_ahead: How many ids without an order end the search.
            why: What is the matter with the list; it is raised where probing finds nothing to hold on to.
        """
        self._clients = [connect() for _ in range(AT_A_TIME)]
        self._stores = stores
        self._style = style
        self._known = list(known)
        self._look_ahead = look_ahead
        self._why = why
        self._damaged = 0
        self._looked_up_to = 0
        self._highest = 0
        self._looks = 0

    def close(self) -> None:
        """Closes the connections."""
        for client in self._clients:
            client.close()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The orders among the next ids above one, and among the gaps.

        Raises:
            ShopError: The shop cannot be read this way either; typed by what can be done about it.
        """
        self._looked_up_to = max(self._looked_up_to, after)
        self._highest = max(self._highest, after)
        self._looks += 1
        # The first look is a small one, in case all of the shop is down; the gaps are looked at once, with the second.
        batch = AT_A_TIME if self._looks == 1 else BATCH
        late = [order_id for order_id in gaps if order_id <= after] if self._looks == 2 else []  # noqa: PLR2004
        found = self._look([*late, *range(self._looked_up_to + 1, self._looked_up_to + 1 + batch)])
        self._looked_up_to += batch
        self._highest = max([self._highest, *_existing(found)])
        last = self._looked_up_to >= self._highest + self._look_ahead
        self._check(found, last=last)
        return Page(found.orders, last=last, damaged=found.damaged, elsewhere=found.elsewhere)

    def _look(self, ids: Sequence[int]) -> _Found:
        found = _Found()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            parts = [ids[number::AT_A_TIME] for number in range(AT_A_TIME)]
            for part in pool.map(self._look_with, self._clients, parts):
                found.orders += part.orders
                found.damaged += part.damaged
                found.elsewhere += part.elsewhere
                found.missing += part.missing
        found.orders.sort(key=lambda order: int(order["entity_id"]))
        return found

    def _look_with(self, client: MagentoClient, ids: Sequence[int]) -> _Found:
        found = _Found()
        for order_id in ids:
            try:
                order = read_order(client, order_id, self._style)
            except NoSuchEntity:
                found.missing.append(order_id)
            except AnswerUnusable:
                found.damaged.append(order_id)
            else:
                if order.get("store_id") in self._stores:
                    found.orders.append(order)
                else:
                    found.elsewhere.append(order_id)
        return found

    def _check(self, found: _Found, *, last: bool) -> None:
        """Nothing that is missing or damaged counts unless an order that is known to exist answers afterwards."""
        here = [*(int(order["entity_id"]) for order in found.orders), *found.elsewhere]
        self._known = here[-1:] or self._known
        if found.damaged or last or (found.missing and self._known):
            self._ask_for_a_known_order()
        self._damaged += len(found.damaged)
        if self._damaged > MOST_DAMAGED:
            raise ShopNeedsPerson("TOO_MANY_DAMAGED", {"count": MOST_DAMAGED})

    def _ask_for_a_known_order(self) -> None:
        for order_id in self._known:
            try:
                read_order(self._clients[0], order_id, self._style)
            except (AnswerUnusable, NoSuchEntity):
                continue
            return
        raise self._why


def _existing(found: _Found) -> list[int]:
    return [*(order["entity_id"] for order in found.orders), *found.damaged, *found.elsewhere]
