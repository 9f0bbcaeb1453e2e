"""Whose fault is a failed page? The one place that decides, whatever the status of the answer.

A failed page is blamed on the shop, or on an order, only after a control request: an empty page, then the same page
without its gaps. docs/whose-fault.md shows the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from magento_sync.magento.http.failures import Busy, PageTooLarge, RequestFailed, Unauthorized, Unreachable
from magento_sync.magento.orders.requests import ItemsMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.errors import ShopError


class Verdict(Enum):
    """What to do about a failed page."""

    KEEP_TO_LIMIT = auto()
    """The shop limits the page size: ask for as many orders as it allows."""
    NOTHING_NEW = auto()
    """The count ignores the filter, and the newest order is known: the page is empty."""
    BLAME_SHOP = auto()
    """The whole shop fails: the run fails with what the control request met."""
    READ_BY_ID = auto()
    """Not even an empty page answers: the list cannot be used."""
    READ_GAPS_APART = auto()
    """The address may be too long: ask for the page and its gaps apart."""
    ASK_FOR_LESS = auto()
    """The page may be too much for the shop: ask for half."""
    NARROW = auto()
    """An order may be damaged: look for it."""


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
        newest_is_known: Whether the shop's newest order is not above those that were read.
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


@dataclass(frozen=True)
class Rule:
    """One row of the table in docs/whose-fault.md.

    Attributes:
        came_back: How the page failed.
        control: How the control request was answered.
        verdict: What to do.
        applies: Whether the rule applies to a situation.
    """

    came_back: str
    control: str
    verdict: Verdict
    applies: Callable[[Situation], bool]


RULES = (
    Rule(
        "400 that names the largest page",
        "not asked",
        Verdict.KEEP_TO_LIMIT,
        lambda it: isinstance(it.failure, PageTooLarge),
    ),
    Rule(
        "orders are counted and none is sent",
        "the newest order is known already",
        Verdict.NOTHING_NEW,
        lambda it: isinstance(it.failure, ItemsMissing) and it.newest_is_known,
    ),
    Rule(
        "anything else",
        "busy (429, 503), no answer, or 401",
        Verdict.BLAME_SHOP,
        lambda it: it.control is Control.REFUSED,
    ),
    Rule(
        "anything else",
        "fails in any other way",
        Verdict.READ_BY_ID,
        lambda it: it.control is Control.FAILED,
    ),
    Rule(
        "anything else, for a page that names gaps",
        "answers",
        Verdict.READ_GAPS_APART,
        lambda it: it.has_gaps,
    ),
    Rule(
        "busy, a time-out, or too many bytes, for the first time",
        "answers",
        Verdict.ASK_FOR_LESS,
        lambda it: it.failure.asks_for_less and it.can_shrink and not it.has_shrunk,
    ),
    Rule("anything else", "answers", Verdict.NARROW, lambda _: True),
)


def verdict(situation: Situation) -> Verdict:
    """Returns the verdict of the first rule that applies."""
    return next(rule.verdict for rule in RULES if rule.applies(situation))
