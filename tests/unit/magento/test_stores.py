"""The store views that belong to a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from local.shop.data.recordings import recording
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.http.failures import NoApi, NoSuchEntity, PageNotFound, ServerFailed
from magento_sync.magento.stores import StoreView, configured_store, matching_stores, store_views, stores_of

if TYPE_CHECKING:
    from magento_sync.magento.client import MagentoClient


class FakeClient:
    """Answers storeConfigs."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get(self, path: str, _query: object = None) -> object:
        assert path == "/store/storeConfigs"
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def client(answer: object) -> MagentoClient:
    return cast("MagentoClient", FakeClient(answer))


def config(store_id: object, link: object, base: object = None) -> dict[str, Any]:
    return {"id": store_id, "base_link_url": link, "base_url": base if base is not None else link}


def views(*links: str) -> list[StoreView]:
    """Returns store views 1, 2, 3 … with these links."""
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
        # store views that tie are all taken
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
def test_a_domain_is_matched_by_host_then_by_path_and_ties_are_all_taken(
    domain: str, links: list[str], expected: list[int]
) -> None:
    assert matching_stores(domain, views(*links)) == expected


def test_the_links_that_customers_see_go_before_base_urls() -> None:
    with_codes = store_views(client([config(1, f"{ROOT}en/", ROOT), config(2, NL, ROOT)]))

    assert matching_stores("shop.example/nl", with_codes) == [2]


def test_a_store_view_is_found_by_its_secure_and_by_its_plain_host() -> None:
    both = [{"id": 1, "base_url": "http://plain.example/", "secure_base_url": "https://secure.example/"}]

    for domain in ("plain.example", "secure.example"):
        assert matching_stores(domain, store_views(client(both))) == [1]


@pytest.mark.parametrize(("plain", "secure"), [("first", "second"), ("second", "first")], ids=["secure", "plain"])
def test_a_url_that_is_inherited_from_another_website_makes_no_tie(plain: str, secure: str) -> None:
    """Only one of the two URLs was set for the second website: its customers are not the first website's."""
    own = {"id": 1, "base_link_url": "http://first.example/", "secure_base_link_url": "https://www.first.example/"}
    half = {
        "id": 2,
        "base_link_url": f"http://{plain}.example/",
        "secure_base_link_url": f"https://{secure}.example/",
    }
    found = store_views(client([own, half]))

    assert matching_stores("first.example", found) == [1]
    assert matching_stores("second.example", found) == [2]


def test_the_store_views_of_the_recorded_shop_are_matched_by_host_port_and_path() -> None:
    recorded = store_views(client(recording("45-storeConfigs-full").json()))

    assert matching_stores("127.0.0.1:8080", recorded) == [1, 2]
    assert matching_stores("shop-b.localhost:8080", recorded) == [3, 4]
    # Without a port, view 6 ties by its secure link, which lacks the /fr/ of the plain one.
    assert matching_stores("shop-b.localhost", recorded) == [3, 4, 6]
    assert matching_stores("http://shop-b.localhost:8080/fr/", recorded) == [6]
    assert sorted(view.id for view in recorded) == [1, 2, 3, 4, 6]


def test_the_admin_s_store_0_is_never_matched() -> None:
    found = store_views(client([config(0, ROOT), config(1, ROOT)]))

    assert matching_stores("shop.example", found) == [1]


@pytest.mark.parametrize("link", [None, "", "http://", "https://shop..example/", 5])
def test_a_store_view_without_a_readable_url_matches_no_domain(link: object) -> None:
    found = store_views(client([config(1, link), config(2, OTHER)]))

    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        matching_stores("shop.example", found)


@pytest.mark.parametrize("links", [[OTHER], [NL], ["http://shop.example:8080/nl/"]])
def test_a_domain_without_a_match_is_reported_with_the_domains_of_the_shop(links: list[str]) -> None:
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE") as caught:
        matching_stores("shop.example", views(*links, "https://www.third.example/x/"))

    known = links[0].partition("://")[2].rstrip("/")
    assert caught.value.parameters == {
        "domain": "shop.example",
        "domains": ", ".join(sorted([known, "www.third.example/x"])),
    }


@pytest.mark.parametrize("domain", ["", "  ", "https://", "not a domain", "shop.example:x"])
def test_a_domain_that_is_not_a_host_name_is_refused(domain: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="DOMAIN_UNUSABLE"):
        matching_stores(domain, views(ROOT))


@pytest.mark.parametrize("answer", [None, {}, [], "x", [None], [{}], [config("one", ROOT)], [config(True, ROOT)]])  # noqa: FBT003
def test_an_answer_that_is_not_a_list_of_store_views_is_the_server_s_failure(answer: object) -> None:
    with pytest.raises(ServerFailed, match="ANSWER_UNUSABLE"):
        store_views(client(answer))


@pytest.mark.parametrize(("text", "expected"), [(None, []), ("", []), (" ", []), ("3", [3]), (" 03 ", [3])])
def test_a_configured_store_is_read_from_the_website_s_row(text: str | None, expected: list[int]) -> None:
    assert configured_store(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1,2", "nl", "1.0", "²", "9" * 5000])
def test_a_configured_store_that_is_not_the_number_of_a_store_view_is_refused(text: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="STORE_ID_UNUSABLE"):
        configured_store(text)


def test_the_configured_store_is_read_only_where_no_domain_matches() -> None:
    shop = client([config(1, ROOT), config(7, OTHER)])

    assert stores_of(shop, "shop.example", "7") == [1]
    assert stores_of(shop, "elsewhere.example", "7") == [7]
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        stores_of(shop, "elsewhere.example", None)


def test_a_configured_store_that_the_shop_does_not_have_is_refused() -> None:
    """It would bring no orders for ever."""
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE"):
        stores_of(client([config(1, ROOT)]), "elsewhere.example", "7")


def test_only_the_first_of_very_many_domains_are_reported() -> None:
    with pytest.raises(ShopNeedsPerson, match="NO_MATCHING_STORE") as caught:
        matching_stores("elsewhere.example", views(*(f"https://shop{number}.example/" for number in range(500))))

    domains = str(caught.value.parameters["domains"])
    assert domains.startswith("shop0.example, shop1.example, ")
    assert domains.endswith(" …")
    assert len(domains) <= 2000


@pytest.mark.parametrize("failure", [NoSuchEntity("NOT_FOUND"), PageNotFound()])
def test_an_address_without_the_route_that_every_magento_has_is_wrong(failure: Exception) -> None:
    with pytest.raises(NoApi, match="WRONG_ADDRESS"):
        stores_of(client(failure), "shop.example", "7")


@pytest.mark.parametrize("store_id", ["1", 1.0])
def test_the_id_of_a_store_view_is_understood_by_its_value(store_id: object) -> None:
    assert stores_of(client([config(store_id, ROOT)]), "shop.example", None) == [1]


def test_the_configured_store_is_not_read_where_the_store_views_could_not_be() -> None:
    refused = ShopNeedsPerson("TLS", {"host": "shop.example"})

    with pytest.raises(ShopNeedsPerson, match="TLS"):
        stores_of(client(refused), "shop.example", "7")
