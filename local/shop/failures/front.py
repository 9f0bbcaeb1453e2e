"""Failures in front of Magento (proxy, firewall, maintenance): they answer whoever asks."""

from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus

from local.shop.failures.base import Fault, Real
from local.shop.http import responses
from local.shop.http.responses import HTML, Answer


@dataclass(frozen=True)
class Maintenance(Fault):
    """503 in HTML; `retry_after` only where a proxy adds it."""

    retry_after: str | None = None

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        page = responses.maintenance()
        return Answer(page.status, page.text, HTML, _retry_after(self.retry_after))


@dataclass(frozen=True)
class TooManyRequests(Fault):
    """429, with `Retry-After` as given: seconds, or a date from `http_date`."""

    retry_after: str | None = None

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The refusal of a proxy."""
        page = responses.html_page(429, "429 Too Many Requests", "429 Too Many Requests")
        return Answer(page.status, page.text, HTML, _retry_after(self.retry_after))


@dataclass(frozen=True)
class ErrorPage(Fault):
    """The HTML error page of what stands before Magento.

    A firewall answers 403 or 406; a web server 404, 414 or 502; nginx's `limit_req` 503 or 429; a cache 503 with
    `Retry-After` (Varnish: "5"), also for requests that the backend alone fails on.
    """

    status: int
    retry_after: str | None = None

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """Returns the page."""
        title = f"{self.status} {HTTPStatus(self.status).phrase}"
        page = responses.html_page(self.status, title, title)
        return replace(page, headers=_retry_after(self.retry_after))


@dataclass(frozen=True)
class Fixed(Fault):
    """Any status and body, whatever the request; the body may be empty, as after a fatal error of PHP."""

    status: int
    text: str = ""
    content_type: str = HTML

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """Returns that answer."""
        return Answer(self.status, self.text, self.content_type)


@dataclass(frozen=True)
class OnlyUnder(Fault):
    """A web server that passes one path on to Magento, such as `/index.php/rest/V1` or `/rest/default/V1`.

    It answers 404 in HTML elsewhere.
    """

    prefix: str

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer below that path."""
        return real() if target.startswith(f"{self.prefix}/") else ErrorPage(404).answer(real, target)


@dataclass(frozen=True)
class Challenge(Fault):
    """200 with a page that wants a browser."""

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        return responses.html_page(200, "Just a moment...", "Checking your browser before accessing the shop")


@dataclass(frozen=True)
class Firewall(Fault):
    """403, which Magento itself never answers."""

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page."""
        return responses.html_page(403, "403 Forbidden", "Access denied")


@dataclass(frozen=True)
class BadGateway(Fault):
    """502 in HTML of a web server that cannot reach PHP; 503 and 504 look alike."""

    status: int = 502

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The page of nginx."""
        title = f"{self.status} {HTTPStatus(self.status).phrase}"
        return responses.html_page(self.status, title, title)


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


def http_date(timestamp: float) -> str:
    """A date as `Retry-After` may carry it."""
    return formatdate(timestamp, usegmt=True)


def _retry_after(value: str | None) -> tuple[tuple[str, str], ...]:
    return () if value is None else (("Retry-After", value),)
