"""The API's documentation as a web page: Swagger UI in one response, without the internet."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from local.packages import PROJECT

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

PATH = "/docs"
DOCUMENT = PROJECT / "docs" / "openapi.json"


def api_page(request: Request) -> Response:
    """Returns the page, which calls the API that serves it; with `?format=json`, as in its link, the document."""
    document = DOCUMENT.read_text("utf-8")
    if request.args.get("format") == "json":
        return Response(document, content_type="application/json")
    return Response(page_html(document), content_type="text/html; charset=utf-8")


@cache
def page_html(document: str) -> str:
    """Returns Powertools' Swagger UI with the document; an unescaped closing tag would end its script."""
    # Half a second, which `make run` would spend before its first line.
    from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html  # noqa: PLC0415

    assets = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    page = generate_swagger_html(
        spec=document.replace("</", "<\\/"),
        swagger_js=(assets / "swagger-ui-bundle.min.js").read_text("utf-8"),
        swagger_css=(assets / "swagger-ui.min.css").read_text("utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return page.replace("<title>Swagger UI</title>", "<title>magento-sync</title>")
