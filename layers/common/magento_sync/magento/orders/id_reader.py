"""Probing: reads orders one id at a time if the order list is unusable."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.magento.client import FULL, Effort
from magento_sync.magento.http.failures import InternalError, NoSuchEntity, RequestFailed
from magento_sync.magento.orders.damage import too_many_damaged
from magento_sync.magento.orders.diagnosis import Control, control_of
from magento_sync.magento.orders.page import Page, ProbeCursor
from magento_sync.magento.orders.requests import read_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.order import Order
    from magento_sync.magento.orders.requests import RequestStyle

BATCH = 40  # ids whose orders are stored together
BATCH_SECONDS = 30.0  # after which the orders read so far are stored
CONFIRMATIONS = 2
MOST_KNOWN = 3  # orders used as control requests: any of them may be deleted
ONCE = Effort(attempts=1)


@dataclass
class _Found:
    orders: list[Order] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)

    @property
    def answering(self) -> list[int]:
        """Ids of the orders that can be read."""
        return sorted([*(order.id for order in self.orders), *self.elsewhere])

    @property
    def top(self) -> int:
        """The highest id of an order that can be read, or 0."""
        return max(self.answering, default=0)

    def up_to(self, order_id: int) -> _Found:
        """Returns what was found up to an id."""
        return _Found(
            [order for order in self.orders if order.id <= order_id],
            *([found for found in ids if found <= order_id] for ids in (self.damaged, self.elsewhere)),
        )


class IdReader:
    """Reads one website's orders by their ids.

    Only Magento's own 404 counts as a gap, and only while a known order can still be read.
    """

    name = "probing"

    def __init__(  # noqa: PLR0913 - one reader's dependencies
        self,
        client: MagentoClient,
        stores: Sequence[int],
        style: RequestStyle,
        *,
        known: Sequence[int],
        damage: Damage,
        cursor: ProbeCursor,
        look_ahead: int,
        gap_window: int,
        reason: RequestFailed,
    ) -> None:
        """Sends no request.

        Orders of other stores are recorded and skipped. The orders of `known` exist. Probing ends after `look_ahead`
        ids without an order; later runs read the last `gap_window` ids below the watermark again. `reason`, why the
        list is unusable, is raised if probing finds no readable order.
        """
        self._client = client
        self._stores = stores
        self._style = style
        self._known = list(known)
        self._damage = damage
        self._looked_up_to, self._exists_up_to = cursor
        self._look_ahead = look_ahead
        self._gap_window = gap_window
        self._reason = reason
        self._highest = 0
        self._recorded_damaged: set[int] = set()
        self._has_begun = False
        self._has_too_many = False

    @property
    def cursor(self) -> ProbeCursor:
        """How far this run has probed."""
        return ProbeCursor(self._looked_up_to, self._exists_up_to)

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """Returns the orders among the next ids: first the gaps, then those above an id.

        Raises:
            ShopError: Probing fails too; typed by what can be done about it.
        """
        if self._has_too_many:
            raise too_many_damaged()
        self._highest = max(self._highest, after)
        late = [order_id for order_id in gaps if self._looked_up_to < order_id <= after]
        next_id = max(self._looked_up_to, after) + 1
        ids = [*late, *range(next_id, next_id + BATCH)][:BATCH]
        found = self._limit_damage(self._look(ids) if self._has_begun else self._first_look(ids))
        if next_id > self._highest + 1:
            found = self._skip_safely(found)
        if found.top >= next_id:
            # The ids above it are read again when an order above them may be known.
            self._looked_up_to, found = found.top, found.up_to(found.top)
        self._highest = max(self._highest, found.top)
        last = self._looked_up_to >= self._highest + self._look_ahead and not self._has_too_many
        self._remember(found)
        if last or (self._known and not found.answering):
            self._check_known_order(FULL)
        return self._page(found, last=last)

    def _skip_safely(self, found: _Found) -> _Found:
        """Skips ids only as far as later runs read them again as gaps.

        An id that was read before an order above it was known may have an order by now. So if the jump is wider than
        the window of gaps, every id below that order is read again.
        """
        if found.top <= self._exists_up_to or found.top - self._highest <= self._gap_window:
            return found
        in_time, self._exists_up_to = found.up_to(self._exists_up_to), found.top
        if in_time.top > self._highest:
            return in_time
        self._looked_up_to, self._has_too_many = self._highest, False
        return _Found()

    def _page(self, found: _Found, *, last: bool) -> Page:
        damaged = [order_id for order_id in found.damaged if order_id not in self._recorded_damaged]
        self._recorded_damaged.update(damaged)
        self._damage.found.update(damaged)
        self._exists_up_to = max(self._exists_up_to, self._highest)
        return Page(
            found.orders,
            last=last,
            damaged=damaged,
            elsewhere=found.elsewhere,
            certain_up_to=self._highest,  # a failing id above all orders may have no order
            probe_cursor=self.cursor,
        )

    def _first_look(self, ids: Sequence[int]) -> _Found:
        """Reads a known order first: the whole shop may be down. If all of them are gone, any readable order counts."""
        if self._known:
            self._check_known_order(ONCE, may_be_gone=True)
        found = self._look(ids if self._known else ids[:2], FULL if self._known else ONCE)
        self._has_begun = True
        return found

    def _look(self, ids: Sequence[int], effort: Effort = FULL) -> _Found:
        """Reads ids in ascending order, until all are read, too many fail, or `BATCH_SECONDS` have passed."""
        began = time.monotonic()
        found, suspects, looked_up_to = _Found(), list[int](), self._looked_up_to
        for order_id in ids:
            if not self._ask(order_id, found, effort):
                suspects.append(order_id)
            looked_up_to = order_id
            if suspects and (self._known or found.answering):
                self._remember(found)
                self._confirm(found, suspects)
                suspects = []
            elif len(suspects) > 1:
                break
            if len(self._new_damage(found)) > self._damage.room() or time.monotonic() - began > BATCH_SECONDS:
                break
        if suspects:
            raise self._reason
        self._looked_up_to = looked_up_to
        found.orders.sort(key=lambda order: order.id)
        return found

    def _ask(self, order_id: int, found: _Found, effort: Effort) -> bool:
        """Reads an order; returns False if it fails."""
        try:
            order = read_order(self._client, order_id, self._style, effort)
        except NoSuchEntity:
            return True
        except RequestFailed:
            return False
        if order.is_elsewhere(self._stores):
            found.elsewhere.append(order_id)
        else:
            found.orders.append(order)
        return True

    def _confirm(self, found: _Found, suspects: Sequence[int]) -> None:
        """Finds damaged orders: those that fail twice more after a known order was read. An outage fails too."""
        self._check_known_order(FULL)
        for order_id in suspects:
            if not any(self._ask(order_id, found, ONCE) for _ in range(CONFIRMATIONS)):
                found.damaged.append(order_id)

    def _new_damage(self, found: _Found) -> list[int]:
        return sorted(set(found.damaged) - self._damage.found)

    def _limit_damage(self, found: _Found) -> _Found:
        """Returns the orders found, up to the first damaged order that exceeds the plausible number."""
        room, new = self._damage.room(), self._new_damage(found)
        if len(new) <= room:
            return found
        self._looked_up_to, self._has_too_many = new[room] - 1, True
        believable = found.up_to(self._looked_up_to)
        if not believable.damaged and not believable.answering:
            raise too_many_damaged()
        return believable

    def _remember(self, found: _Found) -> None:
        self._known = list(dict.fromkeys([*found.answering[-1:], *self._known]))[:MOST_KNOWN]

    def _check_known_order(self, effort: Effort, *, may_be_gone: bool = False) -> None:
        """Sends the control request of probing: a known order must be readable, unless all may have been deleted.

        Raises:
            ShopError: The list's failure if none can be read; the shop's if it is busy or refuses the credentials.
        """
        gone = []
        for order_id in self._known:
            try:
                read_order(self._client, order_id, self._style, effort)
            except NoSuchEntity:
                gone.append(order_id)
            except InternalError:
                continue
            except RequestFailed as failure:
                if control_of(failure) is Control.REFUSED:
                    raise
                break
            else:
                return
        if not may_be_gone or len(gone) < len(self._known):
            raise self._reason
        self._known = []
