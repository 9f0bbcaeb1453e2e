"""Whose fault is a failed page? The one place that decides, whatever the status of the answer.

A failed page is blamed on the shop, or on an order, only after a control request: an empty page, then the same page
without its gaps. docs/whose-fault.md shows the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from magento_sync.magento.http.failures import Busy, PageTooLarge, RequestFailed, Unauthorized, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.errors import ShopError


class Verdict(Enum):
    """What to do about a failed page. The value is the row of the table: what came back, and what the control met."""

    KEEP_TO_LIMIT = ("400 that names the largest page", "not asked")
    NOTHING_NEW = ("orders are counted and none is sent", "the newest order is known already")
    BLAME_SHOP = ("anything else", "busy (429, 503), no answer, or 401")
    READ_BY_ID = ("anything else", "fails in any other way")
    READ_GAPS_APART = ("anything else, for a page that names gaps", "answers")
    ASK_FOR_LESS = ("busy, a time-out, or too many bytes, for the first time", "answers")
    NARROW = ("anything else", "answers")


class Control(Enum):
    """How the control request, an empty page, was answered."""

    NOT_ASKED = auto()
    ANSWERED = auto()
    REFUSED = auto()
    """The shop is busy, does not answer at all, or refuses the credentials."""
    FAILED = auto()
    """In any other way: the list is broken."""


@dataclass(frozen=True)
class Situation:
    """What is known of a failed page.

    Attributes:
        failure: How the page failed.
        control: How the control request was answered.
        newest_is_known: Whether orders are counted and none is sent, and the newest order was read before.
        has_gaps: Whether the page named gaps.
        can_shrink: Whether the page may hold fewer orders.
        has_shrunk: Whether the page before it failed too and was shrunk for it.
    """

    failure: RequestFailed
    control: Control = Control.NOT_ASKED
    newest_is_known: bool = False
    has_gaps: bool = False
    can_shrink: bool = True
    has_shrunk: bool = False


def control_of(failure: ShopError | None) -> Control:
    """Returns what a control request shows by its failure, or by its success (None)."""
    if failure is None:
        return Control.ANSWERED
    return Control.REFUSED if isinstance(failure, Busy | Unreachable | Unauthorized) else Control.FAILED


APPLIES: dict[Verdict, Callable[[Situation], bool]] = {
    Verdict.KEEP_TO_LIMIT: lambda it: isinstance(it.failure, PageTooLarge),
    Verdict.NOTHING_NEW: lambda it: it.newest_is_known,
    Verdict.BLAME_SHOP: lambda it: it.control is Control.REFUSED,
    Verdict.READ_BY_ID: lambda it: it.control is Control.FAILED,
    Verdict.READ_GAPS_APART: lambda it: it.has_gaps,
    Verdict.ASK_FOR_LESS: lambda it: it.failure.asks_for_less and it.can_shrink and not it.has_shrunk,
    Verdict.NARROW: lambda _: True,
}


def verdict(situation: Situation) -> Verdict:
    """Returns the first verdict of the table that applies."""
    return next(verdict for verdict, applies in APPLIES.items() if applies(situation))
