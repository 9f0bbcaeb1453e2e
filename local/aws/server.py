"""A small and fast HTTP server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.network import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 0.05
"""How often a server checks for its end; werkzeug's half a second would make every stop slow."""


class _Handler(WSGIRequestHandler):
    # Head and body go in one packet: otherwise each response waits 40 to 90 ms for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing: the functions have logs of their own."""


class LocalServer:
    """Serves on a loopback port until `close`, with a thread for each request; port 0 takes a free port.

    Attributes:
        address: Host and port.
        url: The address with its scheme, without a slash at the end.
    """

    def __init__(self, respond: Callable[[Request], Response], name: str, port: int = 0) -> None:
        application = Request.application(respond)
        self._server = make_server(HOST, port, application, threaded=True, request_handler=_Handler)
        self.address = f"{HOST}:{self._server.server_port}"
        self.url = f"http://{self.address}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, name=name, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stops serving and frees the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
