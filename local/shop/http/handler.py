"""HTTP/1.1 on one connection: framing, and the headers that nginx and PHP add."""

import gzip
import secrets
import select
import socket
import struct
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from itertools import chain, cycle, repeat
from socketserver import BaseServer

from local.shop.http.request import Request
from local.shop.http.responses import Linger, Response

_NO_CACHE = (
    ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
    ("Pragma", "no-cache"),
    ("Cache-Control", "no-store"),
)
_COMPRESSED = {200, 403, 404}
_DRIP_SECONDS = 0.01
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(BaseHTTPRequestHandler):
    """Reads the requests of one connection and sends the responses, complete or broken."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(
        self, respond: Callable[[Request], Response], connection: socket.socket, address: object, server: BaseServer
    ) -> None:
        self._respond = respond
        super().__init__(connection, address, server)

    def version_string(self) -> str:
        """Returns the Server header."""
        return "nginx/1.22.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the parent's name
        """Writes nothing: the shop has its own log."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.requestline.split(" ")[1], headers, body, self.client_address[1])
        self._send(request, self._respond(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815 the parent's names

    def _send(self, request: Request, response: Response) -> None:
        if response.reset and not response.sent_share:
            self._reset()
            return
        if response.linger is not None:
            self._linger(response, response.linger)
            return
        body = response.text.encode()
        accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
        zipped = accepts_gzip and response.status in _COMPRESSED and body != b""
        self._send_head(response, zipped=zipped, empty=not body)
        if body and request.method != "HEAD":
            self._send_chunks(gzip.compress(body, 1) if zipped else body, response)

    def _send_head(self, response: Response, *, zipped: bool, empty: bool) -> None:
        for status in response.informational:
            self.send_response_only(status)
            self.send_header("Link", "</static/styles.css>; rel=preload; as=style")
            self.end_headers()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header(*(("Content-Length", "0") if empty else ("Transfer-Encoding", "chunked")))
        if response.status in _COMPRESSED:
            self.send_header("Vary", "Accept-Encoding")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Set-Cookie", f"PHPSESSID={secrets.token_hex(13)}; path=/; HttpOnly; SameSite=Lax")
        for name, value in (*_NO_CACHE, *response.headers):
            self.send_header(name, value)
        self.end_headers()

    def _send_chunks(self, body: bytes, response: Response) -> None:
        announced = f"{len(body):x}\r\n".encode()
        if response.sent_share is None:
            self.wfile.write(announced + body + b"\r\n0\r\n\r\n")
            return
        self.wfile.write(announced + body[: int(len(body) * response.sent_share)])
        self.wfile.flush()
        self.close_connection = True
        if response.reset:
            self._reset()

    def _linger(self, response: Response, how: Linger) -> None:
        """Sends a response without an end, until the client or the shop closes the connection."""
        self.close_connection = True
        if how == "drip head":
            self.send_response(response.status)
            self.flush_headers()
            self._drip(chain(b"X-Drip: ", repeat(ord("x"))), frame=bytes)
        elif how == "drip body":
            self._send_head(response, zipped=False, empty=False)
            self._drip(cycle(response.text.encode() or b" "), frame=lambda byte: b"1\r\n" + byte + b"\r\n")
        elif response.sent_share:
            self._send_head(response, zipped=False, empty=False)
            self._send_chunks(response.text.encode(), response)
        self._is_closed(within=None)

    def _drip(self, drops: Iterable[int], frame: Callable[[bytes], bytes]) -> None:
        for drop in drops:
            self.wfile.write(frame(bytes([drop])))
            self.wfile.flush()
            if self._is_closed(within=_DRIP_SECONDS):
                return

    def _is_closed(self, within: float | None) -> bool:
        """Returns whether the client closes the connection within that many seconds; None waits for it."""
        return bool(select.select([self.connection], [], [], within)[0])

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
