"""A small HTTP server around a WSGI application, quick enough to stand in for AWS."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from local.network import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

POLL_SECONDS = 0.05
"""How often a server looks whether it shall stop; werkzeug's half a second would make every stop slow."""


class _Handler(WSGIRequestHandler):
    # Head and body in one packet, sent at once: otherwise each answer waits 40 to 90 ms for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: the functions' own log is what matters."""


class LocalServer:
    """Serves an application on a free loopback port from its making until `close()`, one thread a request."""

    def __init__(self, application: WSGIApplication, name: str) -> None:
        self._server = make_server(HOST, 0, application, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, name=name, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The address with its scheme, without a slash at the end."""
        return f"http://{self.address}"

    def close(self) -> None:
        """Takes no more requests and gives the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
