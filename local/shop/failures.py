"""The ways in which a shop can fail. A failure makes the response to a request out of that of the healthy shop."""

import json
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from local.shop.http import php, responses
from local.shop.http.responses import HTML, Response

Json = dict[str, Any]
Healthy = Callable[[], Response]
"""Returns the response of a healthy shop."""
Failure = Callable[[Healthy, str], Response]
"""Returns the response to a request; the text is the request's path and query."""

_HALF = 0.5

# ------------------------------------------------------------------ in front of Magento: they answer every client


def fixed(status: int, text: str = "", content_type: str = HTML) -> Failure:
    """Any response; the body may be empty, as after a fatal error of PHP."""
    return _always(Response(status, text, content_type))


def error_page(status: int, retry_after: str | None = None) -> Failure:
    """An error page in HTML, with `Retry-After` as given: a number of seconds or an `http_date`.

    A firewall answers 403 or 406; a web server 404, 414, 502 or 504; nginx's `limit_req` 503 or 429; a cache 503 with
    `Retry-After` (Varnish: "5"), also where only the requested page fails.
    """
    title = f"{status} {HTTPStatus(status).phrase}"
    return _always(_with_retry_after(responses.html_page(status, title, title), retry_after))


def maintenance(retry_after: str | None = None) -> Failure:
    """503 in HTML, Magento's own page; only a proxy adds `Retry-After`."""
    return _always(_with_retry_after(responses.maintenance(), retry_after))


def challenge() -> Failure:
    """200 with a page that only a browser can pass."""
    return _always(responses.html_page(200, "Just a moment...", "Checking your browser before accessing the shop"))


def plain_error(status: int = 500) -> Failure:
    """An error in plain text: of PHP, or no database."""
    return fixed(status, "SQLSTATE[HY000] [2002] Connection refused\n", "text/plain; charset=UTF-8")


def redirect(to: str) -> Failure:
    """A redirect to the same path at another address, such as `http://127.0.0.1:8081`."""
    return lambda _, target: Response(302, "", HTML, (("Location", to.rstrip("/") + target),))


def only_under(prefix: str) -> Failure:
    """404 in HTML outside the one path that a web server routes to Magento, such as `/index.php/rest/V1`."""
    missing = error_page(404)
    return lambda healthy, target: healthy() if target.startswith(f"{prefix}/") else missing(healthy, target)


def http_date(timestamp: float) -> str:
    """Returns a time in seconds since 1970 in the form of a `Retry-After` date."""
    return formatdate(timestamp, usegmt=True)


def _with_retry_after(response: Response, value: str | None) -> Response:
    return response if value is None else replace(response, headers=(("Retry-After", value),))


def _always(response: Response) -> Failure:
    return lambda _healthy, _target: response


# ------------------------------------------------------------------ within Magento: without permission, 401 comes first


def internal_error() -> Failure:
    """500 with a report id."""
    return _within_magento(responses.internal_error)


def fatal_error() -> Failure:
    """500 after a fatal error of PHP, such as too little memory."""
    return _within_magento(responses.fatal_error)


def localized_error() -> Failure:
    """400 in JSON: Magento's status for every `LocalizedException`, such as that of a payment extension."""
    return _within_magento(lambda: responses.message(400, "The requested Payment Method is not available."))


def missing_permission(resource: str = "Magento_Customer::manage") -> Failure:
    """401 that names a permission which the request does not need: an extension loads something else."""
    return _within_magento(lambda: responses.not_authorized(resource).response)


def not_found() -> Failure:
    """404 in JSON for something that exists: an extension loads a deleted product."""
    return _within_magento(lambda: responses.missing_order().response)


def message_only() -> Failure:
    """200 with nothing but a message."""
    text = "The product that was requested doesn't exist. Verify the product and try again."
    return _within_magento(lambda: responses.message(200, text))


def empty_answer() -> Failure:
    """200 with `[]`."""
    return _within_magento(lambda: responses.json_response([]))


def _within_magento(error: Healthy) -> Failure:
    """Replaces successful responses only."""
    return _changed(lambda response: error() if response.succeeded else response)


# ------------------------------------------------------------------ of the connection


def reset(*, half_way: bool = False) -> Failure:
    """The connection is reset, before the response or after half of its body."""
    return lambda healthy, _: replace(_partial(healthy, half_way=half_way), reset=True)


def stall(*, half_way: bool = False) -> Failure:
    """The shop falls silent until the client disconnects, before the response or after half of its body."""
    return lambda healthy, _: replace(_partial(healthy, half_way=half_way), linger="stall")


def cut_off(*, framed: bool = False) -> Failure:
    """Half of the body arrives; `framed` hides the cut from HTTP, as a faulty proxy does."""
    if framed:
        return _changed(lambda response: replace(response, text=response.text[: len(response.text) // 2]))
    return _changed(lambda response: replace(response, sent_share=_HALF))


def drip(part: Literal["head", "body"]) -> Failure:
    """Single bytes arrive without an end, each within the time-out of one read."""
    return _changed(lambda response: replace(response, linger="drip head" if part == "head" else "drip body"))


def early_hints(*statuses: int) -> Failure:
    """Informational responses precede the real response: 103 of a content delivery network, or 100 or 102."""
    return _changed(lambda response: replace(response, informational=statuses))


def _partial(healthy: Healthy, *, half_way: bool) -> Response:
    """Returns half of the healthy response, or none of it: then it is not computed."""
    return replace(healthy(), sent_share=_HALF) if half_way else replace(responses.internal_error(), sent_share=0.0)


# ------------------------------------------------------------------ altered content


def altered_orders(alter: Callable[[Json], Json], *only: int) -> Failure:
    """Orders arrive altered, alone and in lists: an extension, or a proxy that rewrites JSON.

    Args:
        alter: Returns the order to send; it receives the requested fields.
        only: The ids of the orders to alter; all orders if empty. A response without the id is not altered.
    """

    def order(content: Json) -> Json:
        return alter(content) if not only or content.get("entity_id") in only else content

    def page(content: Json) -> Json:
        return content | {"items": [order(each) for each in content["items"]]} if content.get("items") else content

    def respond(healthy: Healthy, target: str) -> Response:
        is_list = urlsplit(target).path.rstrip("/").endswith("/orders")
        return _rewritten(healthy(), page if is_list else order)

    return respond


def ids_as_text(*entity_ids: int) -> Failure:
    """`entity_id` and `store_id` of these orders, or of all, arrive as text: "1" for 1."""

    def alter(order: Json) -> Json:
        return {name: str(value) if name in {"entity_id", "store_id"} else value for name, value in order.items()}

    return altered_orders(alter, *entity_ids)


def fixed_total(total: int) -> Failure:
    """Every list has this `total_count`: a collection whose size is cached, or counted without the filter."""

    def rewrite(page: Json) -> Json:
        return page | {"total_count": total} if "total_count" in page else page

    return _changed(lambda response: _rewritten(response, rewrite))


def padded_token(*, escaped: bool = True) -> Failure:
    r"""An admin's token arrives with line ends inside its quotes: an extension that reads it from a file.

    Args:
        escaped: Whether the line ends are escaped as `\r\n`; otherwise they are raw bytes, which JSON forbids.
    """
    line_end = "\\r\\n" if escaped else "\r\n"

    def pad(response: Response) -> Response:
        token = response.text.strip('"')
        return response if token == response.text else replace(response, text=f'"{line_end}{token}{line_end}"')

    return _changed(pad)


def _rewritten(response: Response, rewrite: Callable[[Json], Json]) -> Response:
    """Returns the response with its JSON object rewritten; any other response unchanged."""
    if not response.succeeded or not response.text.startswith("{"):
        return response
    return replace(response, text=php.dumps(rewrite(json.loads(response.text))))


def _changed(change: Callable[[Response], Response]) -> Failure:
    return lambda healthy, _: change(healthy())
