"""The demo's slow shop: what happens while the stack serves, and what a restart of the demo must not change."""

from __future__ import annotations

import pytest

from local.demo.activity import Activity
from local.demo.shops import DAMAGED_ORDER, KLOMPEN, klompen_orders
from local.demo.state_folder import api_port
from local.demo.websites import demo_websites
from local.network import is_free
from magento_sync.api.models.field_types import WEBSITE_ID

TWO_MINUTES = 24  # steps


def test_within_two_minutes_orders_arrive_one_appears_late_one_heals_and_the_schedule_ticks() -> None:
    shop = KLOMPEN.open(klompen_orders(40, 0))
    shop.failures.damage(DAMAGED_ORDER)
    ticks: list[int] = []
    said: list[str] = []
    activity = Activity(shop, lambda: ticks.append(len(shop.orders)), said.append)
    late: set[int] = set()

    for _ in range(TWO_MINUTES):
        before = shop.orders.ids
        activity.step()
        late |= {order for order in shop.orders.ids if order not in before and order < before[-1]}

    assert len(shop.orders) >= 40 + TWO_MINUTES
    assert len(late) >= 3
    assert all(any(f"Order {order} " in sentence for sentence in said) for order in late)
    assert shop.failures.of_orders([DAMAGED_ORDER], "list") is None
    assert any(f"Order {DAMAGED_ORDER} of klompen.example can be read again" in sentence for sentence in said)
    assert len(ticks) == 6


@pytest.mark.parametrize(("count", "watermark", "last"), [(40, 0, 40), (40, 65, 65), (5000, 65, 5000)])
def test_after_a_restart_the_shop_still_has_the_orders_that_were_read(count: int, watermark: int, last: int) -> None:
    orders = klompen_orders(count, watermark)

    assert [order["entity_id"] for order in orders] == list(range(1, last + 1))
    assert orders[:40] == klompen_orders(40, 0)


def test_the_port_is_that_of_the_last_run_unless_another_is_wanted_or_it_is_in_use(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("state")
    first = api_port(folder, None)
    assert is_free(first)
    monkeypatch.setattr("local.demo.state_folder.is_free", lambda _port: True)  # other programs may use any real port

    assert api_port(folder, None) == first
    assert api_port(folder, 45678) == 45678
    assert api_port(folder, None) == 45678
    monkeypatch.setattr("local.demo.state_folder.is_free", lambda _port: False)
    assert api_port(folder, None) != 45678


def test_the_examples_of_the_api_name_a_website_of_the_demo() -> None:
    assert WEBSITE_ID in {website.id for website in demo_websites()}
