"""The status page of the local stack, which uses the public API alone: the files of `local/page`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from local.packages import PROJECT

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

FOLDER = PROJECT / "local" / "page"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
}
# Nothing comes from elsewhere, and no name or domain of a shop can become a script.
HEADERS = {"Content-Security-Policy": "default-src 'self'; img-src data:", "Cache-Control": "no-store"}


def status_page(request: Request) -> Response:
    """Returns one of the page's files; they are read anew, so that a change shows at once."""
    name, content_type = FILES[request.path]
    return Response((FOLDER / name).read_bytes(), content_type=content_type, headers=HEADERS)
