"""Responses, and the errors in Magento's own words. Numbers in brackets name recordings."""

import itertools
from dataclasses import dataclass
from typing import Literal

from local.shop.http import php

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=UTF-8"

Linger = Literal["stall", "drip head", "drip body"]
"""Send nothing more, or one byte at a time without an end."""

_report_ids = itertools.count(0x6B0300C0F0E15)


@dataclass(frozen=True)
class Response:
    """One HTTP response.

    Attributes:
        orders: How many orders it contains; a real shop needs time for each.
        sent_share: The share of the body that is sent before the connection ends; None sends all of it.
        reset: Whether the connection is reset.
        linger: How a response without an end continues until the client closes the connection.
        informational: Statuses of the informational responses (1xx) before it.
    """

    status: int
    text: str
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    orders: int = 0
    sent_share: float | None = None
    reset: bool = False
    linger: Linger | None = None
    informational: tuple[int, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return self.status < 300  # noqa: PLR2004 2xx


class Refusal(Exception):
    """The shop refuses the request.

    Attributes:
        response: What it answers.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(value: object, status: int = 200, orders: int = 0) -> Response:
    """Returns a response with a JSON body."""
    return Response(status, php.dumps(value), orders=orders)


def message(status: int, text: str, parameters: object = None) -> Response:
    """Returns Magento's JSON error: a message with placeholders, and their values."""
    body: dict[str, object] = {"message": text}
    if parameters is not None:
        body["parameters"] = parameters
    return json_response(body, status)


def refusal(status: int, text: str, parameters: object = None) -> Refusal:
    """Returns the same as an exception."""
    return Refusal(message(status, text, parameters))


def not_authorized(resource: str) -> Refusal:
    """Returns 401: a missing, wrong or disallowed credential and a missing permission alike (46, 50, 51)."""
    return refusal(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def missing_order() -> Refusal:
    """Returns 404: an order id that does not exist (36)."""
    return refusal(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def not_an_integer(value: str, prefix: str = "") -> Refusal:
    """Returns 400: text where Magento expects an integer (36, 42)."""
    wanted = f'The "{value}" value\'s type is invalid. The "int" type was expected. Verify and try again.'
    return refusal(400, prefix + wanted)


def internal_error() -> Response:
    """Returns 500: a damaged order and an unknown field alike (43, 70, 83)."""
    report = f"webapi-{next(_report_ids):x}"
    return message(500, f"Internal Error. Details are available in Magento log file. Report ID: {report}")


def fatal_error() -> Response:
    """Returns 500: a fatal error of PHP, in another form of JSON (58-oauth-empty-value)."""
    text = f"Server internal error. See details in report api/{next(_report_ids)}"
    return Response(
        500, php.dumps({"messages": {"error": [{"code": 500, "message": text}]}}), "application/json; charset=UTF-8"
    )


def html_page(status: int, title: str, text: str) -> Response:
    """Returns a page for people, although a program asked for JSON."""
    head = f"<head>\n    <title>{title}</title>\n</head>\n"
    return Response(status, f"<!doctype html>\n<html>\n{head}<body>\n<h1>{text}</h1>\n</body>\n</html>\n", HTML)


def maintenance() -> Response:
    """Returns 503: `bin/magento maintenance:enable`, without Retry-After (64)."""
    return html_page(503, "Error 503: Service Unavailable", "Service Temporarily Unavailable")
