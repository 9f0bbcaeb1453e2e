"""Failures in front of Magento (web server, cache, firewall, maintenance mode): they answer every client."""

from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus

from local.shop.failures.base import Failure, Healthy
from local.shop.http import responses
from local.shop.http.responses import HTML, Response


@dataclass(frozen=True)
class ErrorPage(Failure):
    """An error page in HTML, with `Retry-After` as given.

    A firewall answers 403 or 406; a web server 404, 414, 502 or 504; nginx's `limit_req` 503 or 429; a cache 503 with
    `Retry-After` (Varnish: "5"), also where only the requested page fails.
    """

    status: int
    retry_after: str | None = None

    def respond(self, _healthy: Healthy, _target: str, /) -> Response:
        """Returns the page."""
        title = f"{self.status} {HTTPStatus(self.status).phrase}"
        return _with_retry_after(responses.html_page(self.status, title, title), self.retry_after)


@dataclass(frozen=True)
class TooManyRequests(Failure):
    """429; `retry_after` is a number of seconds or an `http_date`."""

    retry_after: str | None = None

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the page."""
        return ErrorPage(429, self.retry_after).respond(healthy, target)


@dataclass(frozen=True)
class Maintenance(Failure):
    """503 in HTML, Magento's own page; only a proxy adds `Retry-After`."""

    retry_after: str | None = None

    def respond(self, _healthy: Healthy, _target: str, /) -> Response:
        """Returns the page."""
        return _with_retry_after(responses.maintenance(), self.retry_after)


@dataclass(frozen=True)
class Challenge(Failure):
    """200 with a page that only a browser can pass."""

    def respond(self, _healthy: Healthy, _target: str, /) -> Response:
        """Returns the page."""
        return responses.html_page(200, "Just a moment...", "Checking your browser before accessing the shop")


@dataclass(frozen=True)
class PlainError(Failure):
    """500 in plain text: an error of PHP, or no database."""

    status: int = 500

    def respond(self, _healthy: Healthy, _target: str, /) -> Response:
        """Returns the text."""
        return Response(self.status, "SQLSTATE[HY000] [2002] Connection refused\n", "text/plain; charset=UTF-8")


@dataclass(frozen=True)
class Fixed(Failure):
    """Any status and body; the body may be empty, as after a fatal error of PHP."""

    status: int
    text: str = ""
    content_type: str = HTML

    def respond(self, _healthy: Healthy, _target: str, /) -> Response:
        """Returns that response."""
        return Response(self.status, self.text, self.content_type)


@dataclass(frozen=True)
class Redirect(Failure):
    """A redirect to the same path at another address, such as `http://127.0.0.1:8081`."""

    to: str
    status: int = 302

    def respond(self, _healthy: Healthy, target: str, /) -> Response:
        """Returns the redirect."""
        return Response(self.status, "", HTML, (("Location", self.to.rstrip("/") + target),))


@dataclass(frozen=True)
class OnlyUnder(Failure):
    """A web server that routes one path to Magento, such as `/index.php/rest/V1` or `/rest/default/V1`.

    It answers 404 in HTML elsewhere.
    """

    prefix: str

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response below that path."""
        return healthy() if target.startswith(f"{self.prefix}/") else ErrorPage(404).respond(healthy, target)


def http_date(timestamp: float) -> str:
    """Returns a time in seconds since 1970 in the form of a `Retry-After` date."""
    return formatdate(timestamp, usegmt=True)


def _with_retry_after(response: Response, value: str | None) -> Response:
    return response if value is None else replace(response, headers=(("Retry-After", value),))
