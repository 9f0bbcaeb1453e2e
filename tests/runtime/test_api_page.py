"""The page of the local stack that shows the OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import requests

from local.api_page import DOCUMENT, page_html

if TYPE_CHECKING:
    from local.stack import Stack


def test_the_page_contains_swagger_ui_and_the_document_and_loads_nothing_else(small_stack: Stack) -> None:
    response = requests.get(f"{small_stack.api_url}/docs", timeout=10)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    shown = re.search(r"^ +spec: (\{.*?^}),?$", response.text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert json.loads(shown[1]) == json.loads(DOCUMENT.read_text("utf-8"))
    assert "SwaggerUIBundle" in response.text
    assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", response.text) == []


def test_the_title_is_the_product_s(small_stack: Stack) -> None:
    assert "<title>magento-sync</title>" in requests.get(f"{small_stack.api_url}/docs", timeout=10).text


def test_the_page_s_link_returns_the_document(small_stack: Stack) -> None:
    response = requests.get(f"{small_stack.api_url}/docs?format=json", timeout=10)

    assert response.json() == json.loads(DOCUMENT.read_text("utf-8"))


def test_a_description_cannot_end_the_page_s_script() -> None:
    assert '"x</script>"' not in page_html('{"description": "x</script>"}')
    assert json.loads('{"description": "x<\\/script>"}') == {"description": "x</script>"}
