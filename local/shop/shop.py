"""A Magento 2.4.7, as far as a reader of orders can tell."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from local.shop.auth.access import Access
from local.shop.auth.tokens import AdminTokens
from local.shop.data.template import recorded_stores
from local.shop.failures.faults import Faults
from local.shop.http.log import Asked, RequestLog
from local.shop.http.request import Request, Route, kind_of, route
from local.shop.http.responses import Answer, Refusal, error_page, message, uri_too_long
from local.shop.http.server import ShopServer
from local.shop.orders.table import Order, OrderTable
from local.shop.services import Services
from local.shop.settings import ORDERS, STORES, Integration, ShopSettings

_NEEDED = {"list": ORDERS, "order": ORDERS, "stores": STORES}
_UNDERSTOOD = ("application/json", "application/xml", "text/xml", "*/*", "application/*")


class Shop:
    """One shop: its data, who may read it, and what is wrong with it. All of it may change while it serves.

    Attributes:
        orders: The order table.
        faults: What goes wrong.
        settings: Magento's switches; `set_up` changes them.
        stores: The store views, as `storeConfigs` answers them.
        access: Integrations and their credentials.
        tokens: Admins and their tokens.
    """

    def __init__(  # noqa: PLR0913, PLR0917 what a shop is made of
        self,
        orders: Iterable[Order] = (),
        stores: list[dict[str, Any]] | None = None,
        integrations: Iterable[Integration] = (),
        admins: Mapping[str, str] | None = None,
        settings: ShopSettings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up a shop that does not serve yet.

        Args:
            orders: Its orders; see `recorded_orders` and `many_orders`.
            stores: Its store views; the recorded ones, if left out.
            integrations: Who may call it.
            admins: Passwords by admin name.
            settings: Magento's switches; a stock 2.4.7, if left out.
            clock: The shop's time in seconds since 1970, for OAuth and tokens.
        """
        self.orders = OrderTable(orders)
        self.stores = recorded_stores() if stores is None else stores
        self.settings = settings or ShopSettings()
        self.faults = Faults()
        self.tokens = AdminTokens(admins or {}, clock)
        self.access = Access(integrations, self.tokens, clock)
        self._services = Services(self)
        self._log = RequestLog()
        self._server: ShopServer | None = None
        self._stopping = threading.Event()
        self._places = _places(self.settings)

    @property
    def requests(self) -> list[Asked]:
        """What was asked so far."""
        return self._log.all()

    def forget_requests(self) -> None:
        """Empty `requests`."""
        self._log.clear()

    @property
    def address(self) -> str:
        """The base address while serving, without a slash at its end."""
        if self._server is None:
            raise RuntimeError("the shop is not serving")
        return f"http://127.0.0.1:{self._server.port}{self.settings.folder}"

    def start(self, port: int = 0) -> str:
        """Begin to serve on 127.0.0.1.

        Args:
            port: 0 takes a free one.

        Returns:
            The base address.
        """
        self._stopping.clear()
        self._server = ShopServer(self.answer, self._log, lambda path: kind_of(path, self.settings.folder), port)
        return self.address

    def stop(self) -> None:
        """Stop serving; open connections end."""
        self._stopping.set()
        if self._server is not None:
            self._server.close()
            self._server = None

    def deserted(self, within: float) -> bool:
        """Whether all clients have gone, and their threads ended, at the latest after that many seconds."""
        return self._server is None or self._server.deserted(within)

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serve within a `with` block; gives the base address."""
        try:
            yield self.start(port)
        finally:
            self.stop()

    @contextmanager
    def refusing_connections(self) -> Iterator[None]:
        """Within the block nothing listens on the shop's port; afterwards the shop serves there again."""
        if self._server is None:
            raise RuntimeError("the shop is not serving")
        port = self._server.port
        self.stop()
        try:
            yield
        finally:
            self.start(port)

    def answer(self, request: Request) -> Answer:
        """Answer one request, in the time that it takes."""
        kind = kind_of(request.path, self.settings.folder)
        fault = self.faults.take(kind)
        answer = fault.answer(lambda: self._healthy(request), request.target) if fault else self._healthy(request)
        slow = self.faults.slow
        if slow is not None:
            self._stopping.wait(slow.seconds(answer.orders))
        return answer

    def _healthy(self, request: Request) -> Answer:
        try:
            answer = self._magento(request)
        except Refusal as refused:
            answer = refused.answer
        self._take_time(answer.orders)
        return answer

    def _take_time(self, orders: int) -> None:
        latency = self.settings.latency
        if latency is not None:
            with self._places:
                self._stopping.wait(latency.per_request + latency.per_order * orders)

    def _magento(self, request: Request) -> Answer:
        if len(f"{request.method} {request.target} HTTP/1.1") > self.settings.max_request_line:
            return uri_too_long()
        if request.method == "HEAD":
            return Answer(405, "")
        if request.method == "OPTIONS":
            return message(405, "The OPTIONS HTTP method is not supported.")
        found = route(request, (view["code"] for view in self.stores), self.settings.folder)
        if not _acceptable(request.headers.get("accept", "*/*")):
            return error_page()
        if found.kind == "token":
            return self.tokens.answer(request.body, self.settings)
        mis_signed = self.faults.mis_signed if self.faults.mis_signs else ""
        self.access.check(request, _NEEDED[found.kind], self.settings, mis_signed=mis_signed)
        return self._serve(found, request)

    def _serve(self, found: Route, request: Request) -> Answer:
        if found.kind == "list":
            return self._services.orders(request)
        if found.kind == "order":
            return self._services.order(found.order_id, request)
        return self._services.store_configs(request)

    def set_up(self, **changes: object) -> None:
        """Change settings while serving, such as `set_up(max_page_size=50)`."""
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self._places = _places(self.settings)


def _places(settings: ShopSettings) -> threading.Semaphore:
    """As many requests as the shop works on at the same time."""
    return threading.BoundedSemaphore(settings.latency.at_once if settings.latency else 1)


def _acceptable(accept: str) -> bool:
    return any(part.partition(";")[0].strip() in _UNDERSTOOD for part in accept.split(","))
