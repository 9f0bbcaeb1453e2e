"""A check, its finding, and the walk through a list of checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from magento_sync.errors import OperatorError, ShopError
from ops.wording import english

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

State = Literal["ok", "warn", "fail", "skipped"]
Scene = TypeVar("Scene")


@dataclass(frozen=True)
class Finding:
    """What a check found, and how to cure it."""

    state: State
    finding: str
    cure: str = ""


@dataclass(frozen=True)
class Result:
    """A finding with the name of its check, and the website that it is about."""

    name: str
    state: State
    finding: str
    cure: str = ""
    website: str | None = None


@dataclass(frozen=True)
class Check(Generic[Scene]):
    """One question.

    Attributes:
        name: As people read it.
        look: Answers it.
        needs: The checks that must not have failed.
    """

    name: str
    look: Callable[[Scene], Finding]
    needs: tuple[str, ...] = ()


def ok(finding: str) -> Finding:
    """Returns that all is well."""
    return Finding("ok", finding)


def warn(finding: str, cure: str) -> Finding:
    """Returns what somebody should look at."""
    return Finding("warn", finding, cure)


def fail(finding: str, cure: str) -> Finding:
    """Returns what somebody must repair."""
    return Finding("fail", finding, cure)


def skipped(finding: str) -> Finding:
    """Returns why nothing was checked."""
    return Finding("skipped", finding)


def walk(checks: Iterable[Check[Scene]], scene: Scene, website: str | None = None) -> Iterator[Result]:
    """Yields the result of each check; a check that needs one that failed is skipped, and so is what needs it."""
    blockers: dict[str, str] = {}
    for check in checks:
        blocker = next((blockers[name] for name in check.needs if name in blockers), None)
        found = skipped(f"not checked before `{blocker}` is in order") if blocker else _look(check, scene)
        if found.state == "fail" or blocker:
            blockers[check.name] = blocker or check.name
        yield Result(check.name, found.state, found.finding, found.cure, website)


def _look(check: Check[Scene], scene: Scene) -> Finding:
    try:
        return check.look(scene)
    except ShopError as error:
        return fail(error.code, english(error))
    except OperatorError as error:
        text = str(error)
        finding, _, cure = text.partition(". " if ". " in text else ": ")
        return fail(finding, cure)
