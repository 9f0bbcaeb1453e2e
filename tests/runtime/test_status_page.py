"""The local stack's status page, in a real browser, at the width of a desktop and of a phone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import dict_row

from local.packages import build
from local.shop import Integration, Latency, Shop, ShopSettings, many_orders, recorded_stores
from local.stack import Stack
from local.status_page import FILES, FOLDER
from tests.support.app import App
from tests.support.browser import PROGRAM, running_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.postgres.server import PostgresServer
    from tests.support.browser import Browser

DESKTOP, PHONE = (1280, 800), (390, 844)
LONG_EMAIL = f"{'anna' * 15}@{'example' * 8}.com"
PICTURES = os.environ.get("PICTURES")
"""A folder for the pictures of the pages, if a person wants to look at them."""

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop that takes some seconds for its orders."""
    shop = Shop(
        many_orders(60),
        stores=recorded_stores({1: "https://mokken.example/"}),
        integrations=[Integration.named("sync")],
        settings=ShopSettings(latency=Latency(per_request=0.5)),
    )
    with shop.serving():
        yield shop


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    build()
    with psycopg.connect(postgres.url(), autocommit=True) as server:
        server.execute("CREATE DATABASE page TEMPLATE pattern")
    with (
        psycopg.connect(postgres.url("page"), autocommit=True, row_factory=dict_row) as rows,
        Stack(
            tmp_path_factory.mktemp("page"),
            parameters={"AllowInsecureShops": "true", "PageSize": "5"},
            database_url=postgres.url("page"),
        ) as stack,
    ):
        _fill(App(rows), shop, stack)
        yield stack.api_url


def _fill(app: App, shop: Shop, stack: Stack) -> None:
    mokken = app.add_website("mokken.example", magentoApiUrl=shop.address)
    prefix = stack.template.function("site_sync").environment["CREDENTIALS_PREFIX"]
    stack.put_parameter(f"{prefix}/{mokken}", json.dumps(Integration.named("sync").oauth))
    failing = app.add_website(
        "zakken.example/winkel",
        magentoAutoUploadStatus="ERROR",
        magentoSyncStatus="failed: MAINTENANCE",
        magentoLastSync="2026-01-01",
    )
    off = app.add_website("<b>uit</b>.example", enabled=False)
    app.add_customer(off, LONG_EMAIL)
    app.rows.execute('UPDATE "Customer" SET "createdAt" = now() + interval \'1 hour\'')  # stays the newest
    app.rows.execute(
        """INSERT INTO "MagentoSyncOrder"
            ("websiteId", "orderId", "outcome", "reasonCode", "recordedAt", "nextAttemptAt")
        VALUES (%s, 4711, 'failed', 'ORDER_DAMAGED', now(), now() + interval '1 hour')""",
        [failing],
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def opened(browser: Browser, url: str, size: tuple[int, int] = DESKTOP, **how: str) -> Browser:
    browser.open(url, width=size[0], height=size[1], dark=how.get("mode") == "dark", language=how.get("language", "nl"))
    browser.wait_for("document.querySelectorAll('#websites tbody tr').length == 3")
    return browser


def row(domain: str) -> str:
    return f"[...document.querySelectorAll('#websites tbody tr')].find(row => row.cells[0].textContent == '{domain}')"


def test_the_table_shows_failures_first_with_their_cure_and_the_newest_customers(browser: Browser, url: str) -> None:
    page = opened(browser, url)

    first = page.value("document.querySelector('#websites tbody tr').innerText")

    assert "zakken.example/winkel" in first
    assert "mislukt" in first
    assert "De shop is in onderhoud." in first
    customers = page.wait_for("document.querySelector('#customers tbody').innerText")
    assert LONG_EMAIL in customers
    assert page.value(f"{row('<b>uit</b>.example')}.querySelector('.action').ariaDisabled") == "true"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_page_fits_its_width_in_light_and_dark(
    browser: Browser, url: str, size: tuple[int, int], mode: str
) -> None:
    page = opened(browser, url, size, mode=mode)

    page.wait_for("document.querySelector('#customers tbody').innerText")
    assert page.value("document.documentElement.scrollWidth") <= size[0]
    red = int(page.value("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"))
    assert (red < 100) is (mode == "dark")
    if PICTURES:
        page.picture(Path(PICTURES) / f"{mode}-{size[0]}.png")


def test_a_person_without_a_mouse_can_start_and_stop_a_sync_and_start_it_again(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    button = f"{row('mokken.example')}.querySelector('.action')"
    for _ in range(30):
        if page.value(f"document.activeElement == {button}"):
            break
        page.press("Tab")

    page.press("Enter")
    page.wait_for(f"{button}.textContent == 'Stop'")
    page.wait_for(f"{row('mokken.example')}.querySelector('progress').value > 0")
    assert page.value(f"document.activeElement == {button}"), "the focus stays while the table changes"
    page.press("Enter")
    page.wait_for(f"{button}.textContent == 'Sync'")
    page.press("Enter")
    page.wait_for(f"{row('mokken.example')}.dataset.state == 'running'")
    page.wait_for(f"{row('mokken.example')}.dataset.state == 'idle'")
    assert page.value(f"document.activeElement == {button}"), "the focus stays while the button changes"
    page.wait_for("document.querySelectorAll('#customers tbody tr').length == 10")


def test_the_orders_in_quarantine_are_listed_with_their_next_attempt(browser: Browser, url: str) -> None:
    page = opened(browser, url)

    page.value(f"{row('zakken.example/winkel')}.querySelector('.link').click()")

    page.wait_for("document.querySelector('#orders').open")
    shown = page.value("document.querySelector('#orders').innerText")
    assert "Quarantaine van zakken.example/winkel" in shown
    assert "Order 4711: ORDER_DAMAGED, 1 keer geprobeerd, opnieuw over" in shown
    page.press("Escape")
    page.wait_for("!document.querySelector('#orders').open")


def test_the_page_speaks_the_browser_s_language_and_the_chosen_one(browser: Browser, url: str) -> None:
    page = opened(browser, url, language="en")
    assert "The shop is under maintenance." in page.value("document.querySelector('#websites').innerText")
    assert page.value("document.documentElement.lang") == "en"

    page.value(
        "(select => { select.value = 'nl'; select.onchange({target: select}) })(document.querySelector('#language'))"
    )

    page.wait_for("document.querySelector('#websites').innerText.includes('De shop is in onderhoud.')")


def test_a_search_selects_websites(browser: Browser, url: str) -> None:
    page = opened(browser, url)

    page.value("(q => { q.value = 'MOK'; q.form.oninput() })(document.querySelector('[name=q]'))")

    page.wait_for("document.querySelectorAll('#websites tbody tr').length == 1")


def test_the_page_loads_nothing_from_elsewhere(browser: Browser, url: str) -> None:
    page = opened(browser, url)

    loaded = page.value("performance.getEntriesByType('resource').map(one => new URL(one.name).origin)")

    assert set(loaded) <= {url, "null"}
    assert {path.name for path in FOLDER.iterdir()} == {name for name, _ in FILES.values()}
