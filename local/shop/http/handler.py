"""HTTP/1.1 on one connection: framing, and the headers that nginx and PHP add."""

import gzip
import secrets
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from itertools import chain, cycle, repeat
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

from local.shop.auth.access import scheme
from local.shop.http.log import Asked
from local.shop.http.request import Request
from local.shop.http.responses import Answer, Linger

if TYPE_CHECKING:
    from local.shop.http.server import ShopServer

_NO_CACHE = (
    ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
    ("Pragma", "no-cache"),
    ("Cache-Control", "no-store"),
)
_COMPRESSED = {200, 403, 404}
_DRIP_SECONDS = 0.01
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(BaseHTTPRequestHandler):
    """One connection: requests are read, noted and answered, as whole as their answers are."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def version_string(self) -> str:
        """What stands in the Server header."""
        return "nginx/1.22.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the parent's name
        """Keep quiet; the shop has its own log."""

    def _handle(self) -> None:
        server = cast("ShopServer", self.server)
        started = time.monotonic()
        request = self._read()
        answer = server.answer(request)
        server.log.add(self._asked(request, answer, started))
        self._send(request, answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815 the parent's names

    def _read(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return Request(
            self.command, self.requestline.split(" ")[1], {k.lower(): v for k, v in self.headers.items()}, body
        )

    def _asked(self, request: Request, answer: Answer, started: float) -> Asked:
        path, _, query = request.target.partition("?")
        return Asked(
            kind=cast("ShopServer", self.server).kind_of(request.path),
            method=request.method,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            auth=scheme(request.headers.get("authorization")),
            user_agent=request.headers.get("user-agent", ""),
            connection=self.client_address[1],
            started=started,
            ended=time.monotonic(),
            status=0 if answer.reset or answer.linger else answer.status,
        )

    def _send(self, request: Request, answer: Answer) -> None:
        if answer.reset and not answer.keep:
            self._reset()
            return
        if answer.linger is not None:
            self._linger(answer, answer.linger)
            return
        body = answer.text.encode()
        zipped = "gzip" in request.headers.get("accept-encoding", "") and answer.status in _COMPRESSED and body != b""
        self._send_head(answer, zipped=zipped, empty=not body)
        if body and request.method != "HEAD":
            self._send_chunks(gzip.compress(body, 1) if zipped else body, answer)

    def _send_head(self, answer: Answer, *, zipped: bool, empty: bool) -> None:
        for status in answer.informational:
            self.send_response_only(status)
            self.send_header("Link", "</static/styles.css>; rel=preload; as=style")
            self.end_headers()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header(*(("Content-Length", "0") if empty else ("Transfer-Encoding", "chunked")))
        if answer.status in _COMPRESSED:
            self.send_header("Vary", "Accept-Encoding")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Set-Cookie", f"PHPSESSID={secrets.token_hex(13)}; path=/; HttpOnly; SameSite=Lax")
        for name, value in (*_NO_CACHE, *answer.headers):
            self.send_header(name, value)
        self.end_headers()

    def _send_chunks(self, body: bytes, answer: Answer) -> None:
        announced = f"{len(body):x}\r\n".encode()
        if answer.keep is None:
            self.wfile.write(announced + body + b"\r\n0\r\n\r\n")
            return
        self.wfile.write(announced + body[: int(len(body) * answer.keep)])
        self.wfile.flush()
        self.close_connection = True
        if answer.reset:
            self._reset()

    def _linger(self, answer: Answer, how: Linger) -> None:
        """Never ends the answer; ends when the caller, or the shop, closes the connection."""
        self.close_connection = True
        if how == "drip head":
            self.send_response(answer.status)
            self.flush_headers()
            self._drip(chain(b"X-Drip: ", repeat(ord("x"))), one_byte=bytes)
        elif how == "drip body":
            self._send_head(answer, zipped=False, empty=False)
            self._drip(cycle(answer.text.encode() or b" "), one_byte=lambda byte: b"1\r\n" + byte + b"\r\n")
        elif answer.keep:
            self._send_head(answer, zipped=False, empty=False)
            self._send_chunks(answer.text.encode(), answer)
        self._gone(None)

    def _drip(self, drops: Iterable[int], one_byte: Callable[[bytes], bytes]) -> None:
        for drop in drops:
            self.wfile.write(one_byte(bytes([drop])))
            self.wfile.flush()
            if self._gone(_DRIP_SECONDS):
                return

    def _gone(self, within: float | None) -> bool:
        """Waits for the caller, who has nothing more to say, to close the connection."""
        return bool(select.select([self.connection], [], [], within)[0])

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
