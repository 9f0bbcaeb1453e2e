"""Which store views belong to a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from local.shop.data.recordings import recording
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.http.responses import AnswerUnusable, NoSuchEntity
from magento_sync.magento.stores import StoreView, configured_store, matching_stores, store_views, stores_of

if TYPE_CHECKING:
    from magento_sync.magento.client import MagentoClient


class Client:
    """Answers storeConfigs."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get(self, path: str, _query: object = None) -> object:
        assert path == "/store/storeConfigs"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def client(answer: object) -> MagentoClient:
    return cast("MagentoClient", Client(answer))


def config(store_id: object, link: object, base: object = None) -> dict[str, Any]:
    return {"id": store_id, "base_link_url": link, "base_url": base if base is not None else link}


def views(*links: str) -> list[StoreView]:
    """Store views 1, 2, 3 … of these links."""
    return store_views(client([config(number, link) for number, link in enumerate(links, start=1)]))


ROOT, NL, WWW, OTHER = (
    "https://shop.example/",
    "https://shop.example/nl/",
    "https://www.shop.example/",
    "https://other.example/",
)


@pytest.mark.parametrize(
    ("domain", "links", "expected"),
    [
        ("shop.example", [ROOT, OTHER], [1]),
        ("https://shop.example/", [OTHER, ROOT], [2]),
        ("SHOP.example.", [ROOT], [1]),
        # ties: all of them
        ("shop.example", [ROOT, ROOT, OTHER], [1, 2]),
        # the exact host before the one without www.
        ("shop.example", [WWW, ROOT], [2]),
        ("www.shop.example", [WWW, ROOT], [1]),
        ("www.shop.example", [ROOT], [1]),
        ("shop.example", [WWW], [1]),
        # the longest path that the domain begins with
        ("shop.example/nl", [ROOT, NL], [2]),
        ("shop.example/nl/winkel", [ROOT, NL], [2]),
        ("shop.example/nlx", [ROOT, NL], [1]),
        ("shop.example", [NL, ROOT], [2]),
        ("shop.example/fr", [ROOT, NL], [1]),
        ("shop.example/nl", ["https://shop.example/index.php/nl/", ROOT], [1]),
        # an exact host whose paths do not reach leaves room for www.
        ("shop.example", [NL, WWW], [2]),
        # ports count where the domain names one
        ("shop.example", ["http://shop.example:8080/"], [1]),
        ("shop.example:8080", ["http://shop.example:8080/", ROOT], [1]),
        ("https://shop.example:443", [ROOT], [1]),
        ("http://shop.example:80", [ROOT], [1]),
        ("shop.example", ["https://shop.example:443/"], [1]),
        # IDN
        ("bücher.example", ["https://xn--bcher-kva.example/"], [1]),
        ("xn--bcher-kva.example", ["https://Bücher.example/"], [1]),
        # a shop under whatever host was asked, only if nothing else matches
        ("shop.example", ["{{base_url}}", ROOT], [2]),
        ("elsewhere.example", ["{{base_url}}", ROOT, "{{unsecure_base_url}}nl/"], [1, 3]),
    ],
)
def test_matching(domain: str, links: list[str], expected: list[int]) -> None:
    assert matching_stores(domain, views(*links)) == expected


def test_links_go_before_bases() -> None:
    with_codes = store_views(client([config(1, f"{ROOT}en/", ROOT), config(2, NL, ROOT)]))

    assert matching_stores("shop.example/nl", with_codes) == [2]


def test_secure_and_plain_hosts_both_count() -> None:
    both = [{"id": 1, "base_url": "http://plain.example/", "secure_base_url": "https://secure.example/"}]

    for domain in ("plain.example", "secure.example"):
        assert matching_stores(domain, store_views(client(both))) == [1]


@pytest.mark.parametrize(("plain", "secure"), [("first", "second"), ("second", "first")], ids=["secure", "plain"])
def test_a_url_that_is_inherited_from_another_website_makes_no_tie(plain: str, secure: str) -> None:
    """One of the two was set for the second website, the other forgotten: its customers are not the first one's."""
    own = {"id": 1, "base_link_url": "http://first.example/", "secure_base_link_url": "https://www.first.example/"}
    half = {
        "id": 2,
        "base_link_url": f"http://{plain}.example/",
        "secure_base_link_url": f"https://{secure}.example/",
    }
    found = store_views(client([own, half]))

    assert matching_stores("first.example", found) == [1]
    assert matching_stores("second.example", found) == [2]


def test_recorded_shop() -> None:
    recorded = store_views(client(recording("45-storeConfigs-full").json()))

    assert matching_stores("127.0.0.1:8080", recorded) == [1, 2]
    assert matching_stores("shop-b.localhost:8080", recorded) == [3, 4]
    # Without a port, view 6 ties by its secure link, which lacks the /fr/ of the plain one.
    assert matching_stores("shop-b.localhost", recorded) == [3, 4, 6]
    assert matching_stores("http://shop-b.localhost:8080/fr/", recorded) == [6]
    assert sorted(view.id for view in recorded) == [1, 2, 3, 4, 6]


def test_store_0_never() -> None:
    found = store_views(client([config(0, ROOT), config(1, ROOT)]))

    assert matching_stores("shop.example", found) == [1]


@pytest.mark.parametrize("link", [None, "", "http://", "https://shop..example/", 5])
def test_view_without_a_readable_url_is_not_taken_for_every_domain(link: object) -> None:
    found = store_views(client([config(1, link), config(2, OTHER)]))

    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        matching_stores("shop.example", found)


@pytest.mark.parametrize("links", [[OTHER], [NL], ["http://shop.example:8080/nl/"]])
def test_no_match_says_which_domains_there_are(links: list[str]) -> None:
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE") as caught:
        matching_stores("shop.example", views(*links, "https://www.third.example/x/"))

    told = links[0].partition("://")[2].rstrip("/")
    assert caught.value.parameters == {
        "domain": "shop.example",
        "domains": ", ".join(sorted([told, "www.third.example/x"])),
    }


@pytest.mark.parametrize("domain", ["", "  ", "https://", "not a domain", "shop.example:x"])
def test_unusable_domain(domain: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="DOMAIN_UNUSABLE"):
        matching_stores(domain, views(ROOT))


@pytest.mark.parametrize("answer", [None, {}, [], "x", [None], [{}], [config("1", ROOT)], [config(True, ROOT)]])  # noqa: FBT003
def test_answers_of_another_shape(answer: object) -> None:
    with pytest.raises(AnswerUnusable):
        store_views(client(answer))


@pytest.mark.parametrize(("text", "expected"), [(None, []), ("", []), (" ", []), ("3", [3]), (" 03 ", [3])])
def test_configured_store(text: str | None, expected: list[int]) -> None:
    assert configured_store(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1,2", "nl", "1.0", "²", "9" * 5000])
def test_unusable_configured_store(text: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="STORE_ID_UNUSABLE"):
        configured_store(text)


def test_the_configured_store_is_for_domains_that_match_nothing() -> None:
    shop = client([config(1, ROOT), config(7, OTHER)])

    assert stores_of(shop, "shop.example", "7") == [1]
    assert stores_of(shop, "elsewhere.example", "7") == [7]
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        stores_of(shop, "elsewhere.example", None)


def test_a_configured_store_that_the_shop_does_not_have_brings_no_orders_for_ever() -> None:
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        stores_of(client([config(1, ROOT)]), "elsewhere.example", "7")


def test_domains_of_a_shop_with_very_many_are_told_in_part() -> None:
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE") as caught:
        matching_stores("elsewhere.example", views(*(f"https://shop{number}.example/" for number in range(500))))

    told = str(caught.value.parameters["domains"])
    assert told.startswith("shop0.example, shop1.example, ")
    assert told.endswith(" …")
    assert len(told) <= 2000


def test_an_address_without_magento_s_route_is_a_wrong_one() -> None:
    with pytest.raises(ShopNeedsPerson, match="WRONG_ADDRESS"):
        stores_of(client(NoSuchEntity("NOT_FOUND")), "shop.example", "7")


def test_a_shop_that_cannot_be_asked_is_not_read_by_the_configured_store() -> None:
    refused = ShopNeedsPerson("TLS", {"host": "shop.example"})

    with pytest.raises(ShopNeedsPerson, match="TLS"):
        stores_of(client(refused), "shop.example", "7")
