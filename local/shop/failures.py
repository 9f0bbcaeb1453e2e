"""The ways in which a shop can fail.

One in front of Magento (proxy, firewall, maintenance) answers whoever asks. One within Magento shows only where the
real answer would have been a success: a caller without permission is refused first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from local.shop import answers
from local.shop.answers import HTML, Answer

Real = Callable[[], Answer]
"""Computes the answer that a healthy shop would give."""


class Fault:
    """One way to fail."""

    def answer(self, real: Real, target: str) -> Answer:
        """The answer instead of (or made of) the real one; `target` is what was asked for."""
        raise NotImplementedError


@dataclass(frozen=True)
class Maintenance(Fault):
    """503 in HTML; `retry_after` only where a proxy adds it."""

    retry_after: str | None = None

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        page = answers.maintenance()
        return Answer(page.status, page.text, HTML, _retry_after(self.retry_after))


@dataclass(frozen=True)
class TooManyRequests(Fault):
    """429, with `Retry-After` as given: seconds, or a date from `http_date`."""

    retry_after: str | None = None

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The refusal of a proxy."""
        page = answers.html_page(429, "429 Too Many Requests", "429 Too Many Requests")
        return Answer(page.status, page.text, HTML, _retry_after(self.retry_after))


@dataclass(frozen=True)
class Challenge(Fault):
    """200 with a page that wants a browser."""

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        return answers.html_page(200, "Just a moment...", "Checking your browser before accessing the shop")


@dataclass(frozen=True)
class Firewall(Fault):
    """403, which Magento itself never answers."""

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        return answers.html_page(403, "403 Forbidden", "Access denied")


@dataclass(frozen=True)
class PlainError(Fault):
    """500 in plain text: a PHP error, or no database."""

    status: int = 500

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The text."""
        return Answer(self.status, "SQLSTATE[HY000] [2002] Connection refused\n", "text/plain; charset=UTF-8")


@dataclass(frozen=True)
class Redirect(Fault):
    """A redirect to another address, with the same path: `to` is such as `http://127.0.0.1:8081`."""

    to: str
    status: int = 302

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The redirect."""
        return Answer(self.status, "", HTML, (("Location", self.to.rstrip("/") + target),))


@dataclass(frozen=True)
class Reset(Fault):
    """The connection is reset, before anything is sent or after half of the answer."""

    half_way: bool = False

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, marked."""
        whole = real() if self.half_way else answers.internal_error()
        return _sent(whole, keep=0.5 if self.half_way else 0.0, reset=True)


@dataclass(frozen=True)
class CutOff(Fault):
    """Half of the body; `framed` makes the cut invisible to HTTP, as a careless proxy does."""

    framed: bool = False

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, cut or marked."""
        whole = real()
        if not self.framed:
            return _sent(whole, keep=0.5)
        return Answer(whole.status, whole.text[: len(whole.text) // 2], whole.content_type, whole.headers, whole.orders)


class _WithinMagento(Fault):
    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        whole = real()
        return self.spoiled() if whole.status < 300 else whole  # noqa: PLR2004 success

    def spoiled(self) -> Answer:
        raise NotImplementedError


@dataclass(frozen=True)
class InternalError(_WithinMagento):
    """500 with a Report ID."""

    def spoiled(self) -> Answer:
        """Magento's answer to an exception that it does not know."""
        return answers.internal_error()


@dataclass(frozen=True)
class FatalError(_WithinMagento):
    """500 in the shape of a PHP fatal, such as out of memory."""

    def spoiled(self) -> Answer:
        """Magento's answer from its shutdown handler."""
        return answers.fatal_error()


@dataclass(frozen=True)
class NotFound(_WithinMagento):
    """404 in JSON for what exists: a plugin that loads a deleted product."""

    def spoiled(self) -> Answer:
        """The same as for a missing order."""
        return answers.missing_order().answer


@dataclass(frozen=True)
class MessageOnly(_WithinMagento):
    """200 with nothing but a message."""

    text: str = "The product that was requested doesn't exist. Verify the product and try again."

    def spoiled(self) -> Answer:
        """The message."""
        return answers.message(200, self.text)


@dataclass(frozen=True)
class EmptyAnswer(_WithinMagento):
    """200 with `[]`."""

    def spoiled(self) -> Answer:
        """An empty list, as for malformed `fields`."""
        return answers.json_answer([])


def http_date(timestamp: float) -> str:
    """A date as `Retry-After` may carry it."""
    return formatdate(timestamp, usegmt=True)


def _retry_after(value: str | None) -> tuple[tuple[str, str], ...]:
    return () if value is None else (("Retry-After", value),)


def _sent(whole: Answer, *, keep: float, reset: bool = False) -> Answer:
    return Answer(whole.status, whole.text, whole.content_type, whole.headers, whole.orders, keep, reset)
