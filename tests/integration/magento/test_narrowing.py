"""What narrowing returns where limits of time, failures by chance, and orders beyond the page come together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from magento_sync.magento.http.failures import ServerFailed
from magento_sync.magento.orders import narrowing
from magento_sync.magento.orders.damage import Damage
from magento_sync.magento.orders.narrowing import Narrowing
from magento_sync.magento.orders.requests import Request, RequestStyle
from tests.integration.conftest import INTEGRATION
from tests.support.shop_client import client_of
from tests.support.shop_failures import scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.shop import Shop
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.page import Page

FAILURE = ServerFailed("SHOP_ERROR")


@pytest.fixture
def client(shop: Shop) -> Iterator[MagentoClient]:
    """A client of a shop of thirty orders."""
    shop.orders.reset(many_orders(30, store_ids=(1,), seed=4))
    client = client_of(shop.address, INTEGRATION.access_token)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """After one damaged order, the part of the page below the next one is returned."""
    monkeypatch.setattr(narrowing, "ENOUGH_SECONDS", -1.0)


def read_around(client: MagentoClient, damage: Damage, request: Request) -> Page | None:
    return Narrowing(client, RequestStyle(), damage).read_around(request, FAILURE)


@pytest.mark.parametrize("list_only", [False, True], ids=["damaged", "loads alone"])
def test_a_damaged_order_above_the_returned_part_is_not_returned(
    shop: Shop,
    client: MagentoClient,
    list_only: bool,  # noqa: FBT001 - pytest's way
) -> None:
    """Otherwise the watermark would pass the orders in between."""
    ids = shop.orders.ids
    shop.failures.damage(ids[15], ids[20], list_only=list_only)
    shop.failures.switch_on(scripted("..F"), "list")  # the part below the first, the first alone, the page without it

    page = read_around(client, Damage(found={ids[15], ids[20]}), Request([1], 5, 0))

    assert page is not None
    assert ([order.id for order in page.orders], page.damaged, page.last) == (ids[:5], [], False)


def test_nothing_above_a_damaged_gap_is_returned(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[3], ids[25])

    assert read_around(client, Damage(found={ids[25]}), Request([1], 100, ids[20], gaps=[ids[3]])) is None


def test_a_page_is_read_again_where_a_suspected_order_can_be_read(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[20])
    shop.failures.switch_on(failures.internal_error(), "order", times=1)
    shop.failures.switch_on(scripted("..F"), "list")

    assert read_around(client, Damage(found={ids[15], ids[20]}), Request([1], 100, 0)) is None


def test_an_id_without_an_order_has_to_fail_twice_to_count_as_damaged(shop: Shop, client: MagentoClient) -> None:
    """It would lift the watermark over orders to come."""
    ghost = shop.orders.ids[-1] + 5
    shop.failures.switch_on(scripted("..F.F"), "list")  # alone, and once more, but not in between

    assert read_around(client, Damage(found={ghost}), Request([1], 100, 0)) is None


def test_an_order_that_loads_alone_keeps_its_place(shop: Shop, client: MagentoClient) -> None:
    ids = shop.orders.ids
    shop.failures.damage(ids[3], list_only=True)

    page = read_around(client, Damage(), Request([1], 100, 0))

    assert page is not None
    assert [order.id for order in page.orders] == ids


def test_an_order_of_another_store_is_never_damaged(shop: Shop, client: MagentoClient) -> None:
    other = shop.orders.ids[3]
    shop.orders.change(other, store_id=2)
    shop.failures.switch_on(scripted("..F"), "list")

    assert read_around(client, Damage(found={other}), Request([1], 100, 0)) is None
