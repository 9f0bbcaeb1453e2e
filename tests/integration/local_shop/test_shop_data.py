"""Orders are added, appear late, and are deleted while the shop serves."""

from local.shop import Shop, many_orders
from tests.integration.local_shop.conftest import Client


def test_an_order_is_added(shop: Shop, client: Client) -> None:
    entity_id = shop.orders.add(customer_email="new@example.com", store_id=2)
    found = client.get(f"orders/{entity_id}").json()
    assert (entity_id, found["customer_email"], found["store_id"]) == (62, "new@example.com", 2)


def test_a_lower_id_can_appear_after_a_higher_one(shop: Shop, client: Client) -> None:
    late = shop.orders.reserve()
    shop.orders.add()
    assert client.ids(("entity_id", "gt", 61)) == [63]
    assert client.get("orders/62").status_code == 404
    shop.orders.commit(late)
    assert client.ids(("entity_id", "gt", 61)) == [62, 63]


def test_a_rolled_back_id_stays_a_gap(shop: Shop, client: Client) -> None:
    shop.orders.reserve()
    assert shop.orders.add() == 63
    assert client.ids(("entity_id", "gt", 61)) == [63]


def test_an_id_is_never_issued_twice(shop: Shop) -> None:
    shop.orders.put({"entity_id": 70, "store_id": 1})
    shop.orders.delete(70)
    assert shop.orders.add() == 71


def test_a_deleted_order_is_missing(shop: Shop, client: Client) -> None:
    shop.orders.delete(10, 5)
    assert client.get("orders/10").status_code == 404
    assert client.ids(("entity_id", "in", "9,10,11")) == [9, 11]
    assert client.ids(("store_id", "eq", 6)) == []


def test_a_changed_order_moves_to_its_new_store(shop: Shop, client: Client) -> None:
    shop.orders.change(10, store_id=4, customer_email=None)
    assert client.ids(("store_id", "eq", 4)) == sorted({10, *client.ids(("store_id", "eq", 4))})
    assert client.ids(("store_id", "eq", 6)) == []
    assert client.get("orders/10").json()["customer_email"] is None


def test_a_reset_shop_issues_ids_from_1(shop: Shop, client: Client) -> None:
    shop.orders.reset()
    assert shop.orders.add() == 1
    assert client.ids() == [1]


def test_an_order_can_lack_a_name(shop: Shop, client: Client) -> None:
    entity_id = shop.orders.add(customer_firstname=None, customer_email=None)
    found = client.get(f"orders/{entity_id}").json()
    assert "customer_firstname" not in found
    assert found["customer_email"] is None


def test_many_orders_are_plausible_and_repeatable() -> None:
    orders = many_orders(2_000, (1, 2, 3), seed=7)
    ids = [order["entity_id"] for order in orders]
    emails = [order["customer_email"] for order in orders if order["customer_email"]]
    assert orders == many_orders(2_000, (1, 2, 3), seed=7)
    assert orders != many_orders(2_000, (1, 2, 3), seed=8)
    assert ids == sorted(set(ids))
    assert ids[-1] > 2_000
    assert {order["store_id"] for order in orders} == {1, 2, 3}
    assert 0.10 < 1 - len(set(emails)) / len(emails) < 0.20
    assert all(len(email) <= 128 for email in emails)
