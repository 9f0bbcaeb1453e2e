"""What narrowing tells where limits of time, failures by chance, and orders beyond the page come together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from magento_sync.errors import ShopUnavailable
from magento_sync.magento.orders import narrowing
from magento_sync.magento.orders.damage import Damage
from magento_sync.magento.orders.narrowing import Narrowing
from magento_sync.magento.orders.requests import Request, RequestStyle
from tests.integration.magento.test_politeness import client_of
from tests.support.shop_failures import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.shop import Shop
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.requests import Page

FAILURE = ShopUnavailable("SHOP_ERROR")


@pytest.fixture
def client(shop: Shop) -> Iterator[MagentoClient]:
    """A client of a shop of thirty orders."""
    shop.orders.reset(many_orders(30, store_ids=(1,), seed=4))
    client = client_of(shop.address)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one order at fault, what is certain is given back."""
    monkeypatch.setattr(narrowing, "ENOUGH_SECONDS", -1.0)


def read_around(client: MagentoClient, damage: Damage, request: Request) -> Page | None:
    return Narrowing(client, RequestStyle(), damage).read_around(request, FAILURE)


@pytest.mark.parametrize("list_only", [False, True], ids=["damaged", "loads alone"])
def test_an_order_at_fault_beyond_what_is_certain_is_not_told(
    shop: Shop,
    client: MagentoClient,
    list_only: bool,  # noqa: FBT001 - pytest's way
) -> None:
    """Else the watermark would pass the orders between."""
    ids = shop.orders.ids
    shop.failures.damage(ids[15], ids[20], list_only=list_only)
    shop.failures.switch_on(Scripted(iter("..F")), "list")  # an empty page, what lies below, the page without the first

    page = read_around(client, Damage(found={ids[15], ids[20]}), Request([1], 5, 0))

    assert page is not None
    assert ([order["entity_id"] for order in page.orders], page.damaged, page.last) == (ids[:5], [], False)


def test_a_damaged_gap_leaves_what_lies_above_untold(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[3], ids[25])

    assert read_around(client, Damage(found={ids[25]}), Request([1], 100, ids[20], gaps=[ids[3]])) is None


def test_what_is_certain_does_not_hold_an_order_that_can_be_read(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[20])
    shop.failures.switch_on(failures.InternalError(), "order", times=1)
    shop.failures.switch_on(Scripted(iter("..F")), "list")

    assert read_around(client, Damage(found={ids[15], ids[20]}), Request([1], 100, 0)) is None


def test_an_id_without_an_order_has_to_fail_more_than_once(shop: Shop, client: MagentoClient) -> None:
    """It would lift the watermark over orders to come."""
    ghost = shop.orders.ids[-1] + 5
    shop.failures.switch_on(Scripted(iter("..F.F")), "list")  # alone, and where it is confirmed, but not in between

    assert read_around(client, Damage(found={ghost}), Request([1], 100, 0)) is None


def test_an_order_that_loads_alone_stands_in_its_place(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[3], list_only=True)

    page = read_around(client, Damage(), Request([1], 100, 0))

    assert page is not None
    assert [order["entity_id"] for order in page.orders] == ids


def test_an_order_of_another_store_is_never_at_fault(shop: Shop, client: MagentoClient) -> None:
    other = shop.orders.ids[3]
    shop.orders.change(other, store_id=2)
    shop.failures.switch_on(Scripted(iter("..F")), "list")

    assert read_around(client, Damage(found={other}), Request([1], 100, 0)) is None
