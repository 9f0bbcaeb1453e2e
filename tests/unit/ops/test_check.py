"""The walk through a list of checks."""

from __future__ import annotations

from typing import NoReturn

from magento_sync.errors import ConfigurationError, ShopNeedsPerson
from ops.doctor.check import Check, Finding, fail, ok, skipped, walk, warn
from ops.doctor.system_checks import SYSTEM_CHECKS
from ops.doctor.website_checks import WEBSITE_CHECKS


def _states(*checks: Check[None]) -> dict[str, str]:
    return {one.name: one.state for one in walk(checks, None)}


def test_a_check_that_needs_a_failed_one_is_skipped_and_so_is_what_needs_it() -> None:
    assert _states(
        Check("a", lambda _: fail("broken", "mend it")),
        Check("b", lambda _: ok("fine"), ("a",)),
        Check("c", lambda _: ok("fine"), ("b",)),
        Check("d", lambda _: ok("fine")),
    ) == {"a": "fail", "b": "skipped", "c": "skipped", "d": "ok"}


def test_a_skipped_check_names_the_failure_that_is_to_be_mended_first() -> None:
    *_, last = walk(
        [
            Check("a", lambda _: fail("broken", "mend it")),
            Check("b", lambda _: ok("fine"), ("a",)),
            Check("c", lambda _: ok("fine"), ("b",)),
        ],
        None,
    )

    assert last.finding == "not checked before `a` is in order"


def test_a_warning_or_a_check_that_does_not_apply_stops_nothing() -> None:
    assert _states(
        Check("a", lambda _: warn("odd", "look")),
        Check("b", lambda _: skipped("no stage")),
        Check("c", lambda _: ok("fine"), ("a", "b")),
    ) == {"a": "warn", "b": "skipped", "c": "ok"}


def test_an_error_is_a_failure_with_its_cure() -> None:
    def shop(_: None) -> NoReturn:
        raise ShopNeedsPerson("ADDRESS_MISSING")

    def ours(_: None) -> NoReturn:
        raise ConfigurationError("It is broken. Mend it.")

    found = [Finding(one.state, one.finding, one.cure) for one in walk([Check("a", shop), Check("b", ours)], None)]

    assert found == [
        fail("ADDRESS_MISSING", "Enter the address of the Magento API (magentoApiUrl)."),
        fail("It is broken", "Mend it."),
    ]


def test_every_check_needs_checks_that_come_before_it() -> None:
    for checks in (SYSTEM_CHECKS, WEBSITE_CHECKS):
        seen: set[str] = set()
        for check in checks:
            assert set(check.needs) <= seen
            seen.add(check.name)
        assert len(seen) == len(checks)
