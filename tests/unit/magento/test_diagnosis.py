"""Whose fault a failed page is: each rule of the table, and the page of the docs that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from magento_sync.magento.http.failures import (
    AnswerTooLarge,
    Busy,
    InternalError,
    LoginFailed,
    LongPause,
    NoApi,
    NoSuchEntity,
    PageNotFound,
    PageTooLarge,
    Refused,
    RequestFailed,
    ServerFailed,
    TimedOut,
    TimeIsUp,
    Unauthorized,
    Unreachable,
)
from magento_sync.magento.orders.diagnosis import APPLIES, Control, Situation, Verdict, control_of, verdict
from magento_sync.magento.orders.requests import FilterIgnored, ItemsMissing

DOCUMENT = Path(__file__).parents[3] / "docs" / "whose-fault.md"

ASKING_FOR_LESS: list[RequestFailed] = [
    Busy("MAINTENANCE", retry_after=5.0),
    Busy("TOO_MANY_REQUESTS"),
    TimedOut("TIMEOUT"),
    AnswerTooLarge("ANSWER_TOO_LARGE"),
]
OTHERS: list[RequestFailed] = [
    InternalError("SHOP_ERROR", {"status": 500}),
    ServerFailed("SHOP_ERROR", {"status": 502}),
    ServerFailed("ANSWER_NOT_JSON"),
    ItemsMissing(7),
    Unreachable("UNREACHABLE"),
    Refused("REQUEST_REFUSED", {"status": 400}),
    Refused("REQUEST_REFUSED", {"status": 406}),
    Refused("FIREWALL", {"status": 403}),
    Refused("REDIRECTED", {"host": "h"}),
    Unauthorized("CREDENTIALS_REFUSED", "Magento_Customer::manage"),
    Unauthorized("OAUTH_REFUSED"),
    PageNotFound(),
]
FAILURES = [*ASKING_FOR_LESS, *OTHERS]

CASES: list[tuple[Verdict, Situation]] = [
    (Verdict.KEEP_TO_LIMIT, Situation(PageTooLarge(50))),
    (Verdict.KEEP_TO_LIMIT, Situation(PageTooLarge(50), has_gaps=True)),
    (Verdict.NOTHING_NEW, Situation(ItemsMissing(7), newest_is_known=True)),
    *((Verdict.BLAME_SHOP, Situation(failure, Control.REFUSED)) for failure in FAILURES),
    *((Verdict.BLAME_SHOP, Situation(failure, Control.REFUSED, has_gaps=True)) for failure in FAILURES),
    *((Verdict.READ_BY_ID, Situation(failure, Control.FAILED)) for failure in FAILURES),
    *((Verdict.READ_BY_ID, Situation(failure, Control.FAILED, has_gaps=True)) for failure in FAILURES),
    *((Verdict.READ_GAPS_APART, Situation(failure, Control.ANSWERED, has_gaps=True)) for failure in FAILURES),
    *((Verdict.ASK_FOR_LESS, Situation(failure, Control.ANSWERED)) for failure in ASKING_FOR_LESS),
    *((Verdict.NARROW, Situation(failure, Control.ANSWERED)) for failure in OTHERS),
    *((Verdict.NARROW, Situation(failure, Control.ANSWERED, has_shrunk=True)) for failure in ASKING_FOR_LESS),
    *((Verdict.NARROW, Situation(failure, Control.ANSWERED, can_shrink=False)) for failure in ASKING_FOR_LESS),
]


def name_of(value: object) -> str | None:
    if isinstance(value, Situation):
        words = [type(value.failure).__name__, value.failure.code, value.control.name]
        words += [flag for flag in ("newest_is_known", "has_gaps", "has_shrunk") if getattr(value, flag)]
        return " ".join(words if value.can_shrink else [*words, "one order"])
    return value.name if isinstance(value, Verdict) else None


@pytest.mark.parametrize(("expected", "situation"), CASES, ids=name_of)
def test_the_first_rule_that_applies_gives_the_verdict(expected: Verdict, situation: Situation) -> None:
    applying = [candidate for candidate, applies in APPLIES.items() if applies(situation)]

    assert applying[0] is expected
    assert verdict(situation) is expected


def test_each_rule_has_a_case_and_each_verdict_a_rule() -> None:
    assert {expected for expected, _ in CASES} == set(Verdict)
    assert list(APPLIES) == list(Verdict)


@pytest.mark.parametrize("failure", OTHERS, ids=lambda failure: f"{type(failure).__name__} {failure.code}")
def test_a_failed_page_is_blamed_on_an_order_only_after_an_empty_page_has_answered(failure: RequestFailed) -> None:
    verdicts = {
        control: verdict(Situation(failure, control)) for control in Control if control is not Control.NOT_ASKED
    }

    assert [control for control, given in verdicts.items() if given is Verdict.NARROW] == [Control.ANSWERED]


@pytest.mark.parametrize(
    ("failure", "control"),
    [
        (None, Control.ANSWERED),
        (Busy("MAINTENANCE"), Control.REFUSED),
        (Busy("TOO_MANY_REQUESTS", retry_after=5.0), Control.REFUSED),
        (Unreachable("UNREACHABLE"), Control.REFUSED),
        (Unauthorized("CREDENTIALS_REFUSED", "Magento_Sales::actions_view"), Control.REFUSED),
        (InternalError("SHOP_ERROR"), Control.FAILED),
        (ServerFailed("ANSWER_NOT_JSON"), Control.FAILED),
        (ItemsMissing(7), Control.FAILED),
        (TimedOut("TIMEOUT"), Control.FAILED),
        (Refused("REQUEST_REFUSED", {"status": 400}), Control.FAILED),
        (Refused("FIREWALL", {"status": 403}), Control.FAILED),
        (PageNotFound(), Control.FAILED),
    ],
    ids=lambda value: getattr(value, "name", None) or f"{type(value).__name__} {getattr(value, 'code', '')}",
)
def test_a_shop_that_is_busy_silent_or_refuses_the_credentials_is_not_read_in_another_way(
    failure: RequestFailed | None, control: Control
) -> None:
    assert control_of(failure) is control


@pytest.mark.parametrize(
    "failure",
    [
        NoSuchEntity("NOT_FOUND"),
        NoApi(),
        LongPause("MAINTENANCE", retry_after=600.0),
        TimeIsUp(),
        LoginFailed("UNREACHABLE"),
        FilterIgnored(),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_pause_a_login_a_lack_of_time_and_a_wrong_list_are_never_blamed_on_an_order(failure: Exception) -> None:
    """They are no failed requests, hence nothing that the table judges."""
    assert not isinstance(failure, RequestFailed)


def test_the_documented_table_has_exactly_the_rules_in_their_order() -> None:
    table = DOCUMENT.read_text().partition("| came back | control | what is done |\n")[2].partition("\n\n")[0]
    ruler, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]

    assert all(set(cell) <= set("-:") for cell in ruler)
    assert [tuple(row[:2]) for row in rows] == [verdict.value for verdict in Verdict]
    assert len({row[2] for row in rows}) == len(Verdict), "each verdict has a sentence of its own"
    assert all(row[2] for row in rows)
