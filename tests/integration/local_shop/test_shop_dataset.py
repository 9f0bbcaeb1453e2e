"""The data that is derived from the recordings."""

from collections import Counter

from local.shop import recorded_orders, recorded_stores


def test_the_recorded_orders_belong_to_several_stores() -> None:
    assert Counter(order.get("store_id") for order in recorded_orders()) == {1: 25, 2: 10, 3: 17, 4: 1, 6: 1, None: 2}


def test_the_unusual_orders_are_unusual() -> None:
    orders = {order["entity_id"]: order for order in recorded_orders()}
    assert orders[39]["customer_email"] is None
    assert orders[40]["customer_email"] == ""
    assert "customer_firstname" not in orders[41]
    assert orders[47]["customer_email"] == "  padded@example.com "


def test_store_views_can_have_other_addresses() -> None:
    stores = recorded_stores({2: "https://mokken.example/nl/", 6: "http://lampen.example/"})
    moved = {view["id"]: (view["base_url"], view["base_link_url"], view["secure_base_link_url"]) for view in stores}
    assert moved[2] == ("https://mokken.example/", "https://mokken.example/nl/", "https://mokken.example/nl/")
    assert moved[6][1:] == ("http://lampen.example/", "https://lampen.example/")
    assert moved[1][0] == "http://127.0.0.1:8080/"
