"""A Magento 2.4.7, as far as a reader of orders can see it."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from local.shop import services
from local.shop.auth.access import Access
from local.shop.auth.tokens import AdminTokens
from local.shop.data.template import recorded_stores
from local.shop.http.log import LoggedRequest
from local.shop.http.request import Request, Route, kind_of, route
from local.shop.http.responses import Refusal, Response, html_page, message
from local.shop.http.server import ShopServer
from local.shop.orders.table import Order, OrderTable
from local.shop.settings import ORDERS, STORES, Integration, ShopSettings
from local.shop.switches import FailureSwitches

_PERMISSIONS = {"list": ORDERS, "order": ORDERS, "stores": STORES}
_ACCEPTED = ("application/json", "application/xml", "text/xml", "*/*", "application/*")


class Shop:
    """One shop: its data, its clients and its failures. All of them may change while it serves.

    Attributes:
        orders: The order table.
        failures: What fails.
        settings: Magento's settings; `configure` changes them.
        stores: The store views, as `storeConfigs` lists them.
        access: Integrations and their credentials.
        tokens: Admins and their tokens.
        requests: All requests so far, in the order in which they were answered.
    """

    def __init__(  # noqa: PLR0913, PLR0917 each has a default
        self,
        orders: Iterable[Order] = (),
        stores: list[dict[str, Any]] | None = None,
        integrations: Iterable[Integration] = (),
        admins: Mapping[str, str] | None = None,
        settings: ShopSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Creates a shop that does not serve yet; without `stores` it has the recorded store views.

        `admins` are passwords by name; `clock` returns the time in seconds since 1970, for OAuth and tokens.
        """
        self.orders = OrderTable(orders)
        self.stores = recorded_stores() if stores is None else stores
        self.settings = settings or ShopSettings()
        self.failures = FailureSwitches()
        self.tokens = AdminTokens(admins or {}, clock)
        self.access = Access(integrations, self.tokens, clock)
        self.requests: list[LoggedRequest] = []
        self._server: ShopServer | None = None
        self._stopping = threading.Event()
        self._workers = _workers(self.settings)

    def configure(self, **changes: object) -> None:
        """Changes settings, such as `configure(max_page_size=50)`."""
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self._workers = _workers(self.settings)

    @property
    def address(self) -> str:
        """The base address without a slash at its end.

        Raises:
            RuntimeError: The shop does not serve.
        """
        return f"http://127.0.0.1:{self._running().server_port}{self.settings.folder}"

    def start(self, port: int = 0) -> str:
        """Starts to serve on 127.0.0.1; port 0 takes a free port. Returns the base address."""
        self._stopping.clear()
        self._server = ShopServer(self.respond, port)
        return self.address

    def stop(self) -> None:
        """Stops serving and ends open connections."""
        self._stopping.set()
        if self._server is not None:
            self._server.close()
            self._server = None

    def wait_until_idle(self, seconds: float) -> bool:
        """Returns whether all connections end within that many seconds."""
        return self._server is None or self._server.wait_until_idle(seconds)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serves within a `with` block, which gets the base address."""
        try:
            yield self.start(port)
        finally:
            self.stop()

    @contextmanager
    def refusing_connections(self) -> Iterator[None]:
        """Closes the shop's port within the block, and serves on the same port afterwards."""
        port = self._running().server_port
        self.stop()
        try:
            yield
        finally:
            self.start(port)

    def respond(self, request: Request) -> Response:
        """Returns the response to a request after the time that it takes, and logs both."""
        started = time.monotonic()
        kind = kind_of(request.path, self.settings.folder)
        failure = self.failures.next_for(kind)
        response = failure(lambda: self._healthy(request), request.target) if failure else self._healthy(request)
        self.requests.append(LoggedRequest.of(kind, request, response, started=started, ended=time.monotonic()))
        return response

    def _running(self) -> ShopServer:
        if self._server is None:
            raise RuntimeError("the shop does not serve")
        return self._server

    def _healthy(self, request: Request) -> Response:
        try:
            response = self._magento(request)
        except Refusal as refused:
            response = refused.response
        latency = self.settings.latency
        if latency is not None:
            with self._workers:
                self._stopping.wait(latency.seconds(response.orders))
        return response

    def _magento(self, request: Request) -> Response:
        if len(f"{request.method} {request.target} HTTP/1.1") > self.settings.max_request_line:
            # nginx refuses the address before Magento sees it (63-too-long-query).
            return html_page(414, "414 Request-URI Too Large", "414 Request-URI Too Large")
        if request.method == "HEAD":
            return Response(405, "")
        if request.method == "OPTIONS":
            return message(405, "The OPTIONS HTTP method is not supported.")
        found = route(request, (view["code"] for view in self.stores), self.settings.folder)
        if not _acceptable(request.headers.get("accept", "*/*")):
            text = "There has been an error processing your request"
            return html_page(500, text, text)  # (63-accept-html)
        if found.kind == "token":
            return self.tokens.log_in(request.body, self.settings)
        self.access.check(request, _PERMISSIONS[found.kind], self.settings, missigned=self.failures.missigned)
        return self._serve(found, request)

    def _serve(self, found: Route, request: Request) -> Response:
        if found.kind == "list":
            return services.list_orders(self.orders, self.failures, self.settings, request)
        if found.kind == "order":
            return services.show_order(self.orders, self.failures, found.order_id, request)
        return services.store_configs(self.stores, request)


def _workers(settings: ShopSettings) -> threading.Semaphore:
    """Returns a semaphore of as many requests as the shop processes at the same time."""
    return threading.BoundedSemaphore(settings.latency.at_once if settings.latency else 1)


def _acceptable(accept: str) -> bool:
    return any(part.partition(";")[0].strip() in _ACCEPTED for part in accept.split(","))
