"""Where a website's credentials come from: SSM, or its own row while they have not been moved there."""

from __future__ import annotations

from typing import Any

import pytest

from magento_sync.db.websites import Website
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, OAuthCredentials
from magento_sync.observability import logger
from magento_sync.sync import credentials
from magento_sync.sync.credentials import credentials_of

PREFIX = "/magento-sync/test/websites"


def website(bearer: str | None = None, key: str | None = None, secret: str | None = None) -> Website:
    return Website(
        id="w1",
        domain="shop.example",
        api_url="https://shop.example",
        bearer_token=bearer,
        api_key=key,
        api_secret=secret,
        store_id=None,
        watermark=0,
        floor=0,
        auto_upload=True,
        status="STOPPED",
        interval=360,
        run_id=None,
    )


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """SSM's parameters by name; under a name with ` fresh` added, what a fresh request returns instead."""
    values: dict[str, str] = {}

    def secure_parameter(name: str, *, fresh: bool = False) -> str | None:
        return values.get(f"{name} fresh") if fresh and f"{name} fresh" in values else values.get(name)

    monkeypatch.setattr(credentials, "secure_parameter", secure_parameter)
    return values


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """The warnings that were logged."""
    logged: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(logger, "warning", lambda text, **fields: logged.append((text, fields)))
    return logged


def test_credentials_in_ssm_under_the_websites_id_go_before_its_columns(
    stored: dict[str, str], warnings: list[Any]
) -> None:
    stored[f"{PREFIX}/w1"] = (
        '{"consumerKey": "s1", "consumerSecret": "s2", "accessToken": "s3", "accessTokenSecret": "s4"}'
    )

    assert credentials_of(website(bearer="other"), PREFIX) == OAuthCredentials("s1", "s2", "s3", "s4")
    assert warnings == []


def test_fresh_credentials_are_read_past_the_cache(stored: dict[str, str]) -> None:
    stored[f"{PREFIX}/w1"] = '{"bearerToken": "old"}'
    stored[f"{PREFIX}/w1 fresh"] = '{"bearerToken": "new"}'

    assert credentials_of(website(), PREFIX) == BearerToken("old")
    assert credentials_of(website(), PREFIX, fresh=True) == BearerToken("new")


def test_unreadable_credentials_in_ssm_are_not_replaced_by_the_columns(stored: dict[str, str]) -> None:
    stored[f"{PREFIX}/w1"] = "junk"

    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE"):
        credentials_of(website(bearer="s3cret"), PREFIX)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (website(bearer=" s3cret "), BearerToken("s3cret")),
        (website(bearer="s3cret", key="user", secret="word"), BearerToken("s3cret")),
        (website(key="user", secret="s3cret"), AdminCredentials("user", "s3cret")),
        (website(bearer="  ", key="user", secret="s3cret"), AdminCredentials("user", "s3cret")),
    ],
)
@pytest.mark.usefixtures("stored")
def test_credentials_in_columns_are_used_with_a_warning(row: Website, expected: object, warnings: list[Any]) -> None:
    assert credentials_of(row, PREFIX) == expected

    assert [fields for _, fields in warnings] == [{"website_id": "w1", "parameter": f"{PREFIX}/w1"}]
    assert "s3cret" not in str(warnings)


@pytest.mark.parametrize("row", [website(), website(bearer="  "), website(key="user"), website(key="user", secret=" ")])
@pytest.mark.usefixtures("stored")
def test_a_website_without_credentials_needs_a_person(row: Website) -> None:
    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_MISSING") as caught:
        credentials_of(row, PREFIX)

    assert caught.value.parameters == {"parameter": f"{PREFIX}/w1"}


@pytest.mark.usefixtures("stored")
def test_an_unusable_token_in_its_column_is_refused() -> None:
    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE") as caught:
        credentials_of(website(bearer="s3 cret"), PREFIX)

    assert caught.value.parameters == {"parameter": "magentoBearerToken"}
