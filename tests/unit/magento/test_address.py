"""A shop's address, in each form in which its owner may type it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.address import shop_address


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example",
        " shop.example ",
        "//shop.example",
        "shop.example.",
        "SHOP.Example",
        "https://shop.example",
        "HTTPS://shop.example/",
        "https://shop.example:443/",
        "https://shop.example/rest",
        "https://shop.example/rest/",
        "https://shop.example/rest/V1",
        "https://shop.example/REST/v1/",
        "https://shop.example/rest/default/V1/orders",
        "https://shop.example/index.php",
        "https://shop.example/index.php/rest/default/V1",
        "https://shop.example//rest//V1",
        "https://shop.example/?q=1#top",
        "shop.example/rest/V1?searchCriteria=all",
    ],
)
def test_every_form_of_an_address_leads_to_the_same_base(typed: str) -> None:
    address = shop_address(typed)

    assert (address.base, address.host) == ("https://shop.example", "shop.example")


@pytest.mark.parametrize(
    ("typed", "base", "host"),
    [
        ("shop.example:8443", "https://shop.example:8443", "shop.example:8443"),
        ("https://shop.example:80/", "https://shop.example:80", "shop.example:80"),
        ("https://shop.example/winkel/rest/V1", "https://shop.example/winkel", "shop.example"),
        ("https://shop.example/a/B/index.php/", "https://shop.example/a/B", "shop.example"),
        ("https://shop.example/restaurant/", "https://shop.example/restaurant", "shop.example"),
        ("www.shop.example", "https://www.shop.example", "www.shop.example"),
        ("Bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("straße.example", "https://xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("店。example", "https://xn--hxt.example", "xn--hxt.example"),
        ("https://203.0.113.7/", "https://203.0.113.7", "203.0.113.7"),
        ("https://[2001:DB8::0:1]:8443/x", "https://[2001:db8::1]:8443/x", "[2001:db8::1]:8443"),
        ("magento_web", "https://magento_web", "magento_web"),
    ],
)
def test_ports_and_sub_folders_are_kept_and_host_names_become_punycode(typed: str, base: str, host: str) -> None:
    address = shop_address(typed)

    assert (address.base, address.host) == (base, host)


@pytest.mark.parametrize(
    ("typed", "roots"),
    [
        ("shop.example", ["/rest/V1"]),
        ("shop.example/rest/V1", ["/rest/V1"]),
        ("shop.example/rest", ["/rest/V1"]),
        ("shop.example/index.php", ["/rest/V1", "/index.php/rest/V1"]),
        ("shop.example/index.php/rest/V1", ["/rest/V1", "/index.php/rest/V1"]),
        ("shop.example/rest/default", ["/rest/V1", "/rest/default/V1"]),
        ("shop.example/rest/default/V1/", ["/rest/V1", "/rest/default/V1"]),
        ("shop.example/rest/default/V1/orders?page=1", ["/rest/V1", "/rest/default/V1"]),
        ("shop.example/winkel/index.php/rest/nl/V1", ["/winkel/rest/V1", "/winkel/index.php/rest/nl/V1"]),
    ],
)
def test_the_api_is_looked_for_at_its_usual_place_and_then_where_it_was_typed(typed: str, roots: list[str]) -> None:
    assert list(shop_address(typed).api_roots) == [f"https://shop.example{root}" for root in roots]


@pytest.mark.parametrize("typed", [None, "", "   "])
def test_a_missing_address_is_refused(typed: str | None) -> None:
    with pytest.raises(ShopNeedsPerson, match="ADDRESS_MISSING"):
        shop_address(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://",
        "https:///rest/V1",
        "https:/shop.example",
        "https:shop.example",
        "http//shop.example",
        "http://https://shop.example",
        "https://user:s3cret@shop.example/",
        "https://@shop.example/",
        "owner@shop.example",
        "our shop",
        "shop example.com",
        "shop..example",
        ".example",
        "-shop.example",
        "shop-.example",
        "*.shop.example",
        "<script>",
        "shop.example%2f",
        "https://shop.example\\@evil.example",
        "shop.example:0",
        "shop.example:65536",
        "shop.example:port",
        "https://[::1",
        "https://[::1%25eth0]/",
        "https://[not-an-address]/",
        "a" * 64 + ".example",
        "☃\u200d.example",
        "\u2100.example",
    ],
)
def test_text_that_is_not_an_address_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="ADDRESS_UNUSABLE") as caught:
        shop_address(typed, allow_insecure=True)

    assert caught.value.parameters == {}
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_http_is_refused_unless_insecure_shops_are_allowed() -> None:
    with pytest.raises(ShopNeedsPerson, match="ADDRESS_INSECURE") as caught:
        shop_address("http://shop.example:8080/")

    assert caught.value.parameters == {"host": "shop.example"}
    assert shop_address("http://shop.example:80/rest", allow_insecure=True).base == "http://shop.example"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=40), st.text(max_size=30).map(lambda text: f"https://shop.example{text}")))
def test_any_text_gives_an_address_or_a_refusal(typed: str) -> None:
    try:
        address = shop_address(typed)
    except ShopNeedsPerson:
        return
    assert address.base.startswith(f"https://{address.host}")
    assert address.host.isascii()
    assert not address.base.endswith("/")
    assert "@" not in address.host
