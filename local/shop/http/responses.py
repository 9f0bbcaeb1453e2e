"""What the shop sends back, and the refusals that Magento words itself."""

import itertools
from dataclasses import dataclass, field
from typing import Literal

from local.shop.http import php

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=UTF-8"

Linger = Literal["stall", "drip head", "drip body"]
"""Send nothing more; or a byte now and then, forever."""

_report_ids = itertools.count(0x6B0300C0F0E15)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer.

    Attributes:
        orders: How many orders it holds, for the time that a real shop would take.
        keep: The share of the body that is sent before the connection ends; None sends all of it.
        reset: Whether the connection ends with a reset.
        linger: How the answer never ends, until the caller has gone.
        informational: Statuses of informational answers (1xx) that precede it.
    """

    status: int
    text: str
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = field(default=())
    orders: int = 0
    keep: float | None = None
    reset: bool = False
    linger: Linger | None = None
    informational: tuple[int, ...] = ()


class Refusal(Exception):
    """The shop refuses; carries the answer that says so."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer to send."""
        super().__init__(answer.status)
        self.answer = answer


def json_answer(value: object, status: int = 200, orders: int = 0) -> Answer:
    """An answer in JSON."""
    return Answer(status, php.dumps(value), orders=orders)


def message(status: int, text: str, parameters: object = None) -> Answer:
    """Magento's JSON error: a message with placeholders, and what stands in them."""
    body: dict[str, object] = {"message": text}
    if parameters is not None:
        body["parameters"] = parameters
    return json_answer(body, status)


def refusal(status: int, text: str, parameters: object = None) -> Refusal:
    """The same, to be raised."""
    return Refusal(message(status, text, parameters))


def not_authorized(resource: str) -> Refusal:
    """401 for a missing, wrong or unwelcome credential and for a missing permission alike (46, 50, 51)."""
    return refusal(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def missing_order() -> Refusal:
    """404 for an order id that does not exist (36)."""
    return refusal(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def no_route() -> Refusal:
    """404 for a path that no service has (63)."""
    return refusal(404, "Request does not match any route.")


def unprocessable() -> Refusal:
    """400 for a store code that does not exist, or no version in the path (37, 63)."""
    return refusal(400, "Specified request cannot be processed.")


def not_an_integer(value: str, prefix: str = "") -> Refusal:
    """400 for text where Magento wants an integer (36, 42)."""
    wanted = f'The "{value}" value\'s type is invalid. The "int" type was expected. Verify and try again.'
    return refusal(400, prefix + wanted)


def internal_error() -> Answer:
    """500 of a damaged order and of an unknown field alike (43, 70, 83)."""
    report = f"webapi-{next(_report_ids):x}"
    return message(500, f"Internal Error. Details are available in Magento log file. Report ID: {report}")


def fatal_error() -> Answer:
    """500 of a PHP fatal: another shape of JSON (58-oauth-empty-value)."""
    text = f"Server internal error. See details in report api/{next(_report_ids)}"
    return Answer(
        500, php.dumps({"messages": {"error": [{"code": 500, "message": text}]}}), "application/json; charset=UTF-8"
    )


def html_page(status: int, title: str, text: str) -> Answer:
    """A page for people, where a program asked for JSON."""
    head = f"<head>\n    <title>{title}</title>\n</head>\n"
    return Answer(status, f"<!doctype html>\n<html>\n{head}<body>\n<h1>{text}</h1>\n</body>\n</html>\n", HTML)


def maintenance() -> Answer:
    """503 of `bin/magento maintenance:enable`, without Retry-After (64)."""
    return html_page(503, "Error 503: Service Unavailable", "Service Temporarily Unavailable")


def storefront_missing() -> Answer:
    """404 of the storefront, for a path outside the API (63-rest-uppercase)."""
    return html_page(404, "404 Not Found", "Whoops, our bad...")


def error_page() -> Answer:
    """500 in HTML, for a client that accepts neither JSON nor XML (63-accept-html)."""
    text = "There has been an error processing your request"
    return html_page(500, text, text)


def uri_too_long() -> Answer:
    """414 of nginx, before Magento is asked (63-too-long-query)."""
    return html_page(414, "414 Request-URI Too Large", "414 Request-URI Too Large")
