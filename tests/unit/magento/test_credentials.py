"""A website's credentials: three forms, nothing guessed, nothing shown."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from magento_sync.db.websites import Website
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth import credentials
from magento_sync.magento.auth.credentials import (
    AdminCredentials,
    BearerToken,
    OAuthCredentials,
    credentials_of,
    parse_credentials,
)

PREFIX = "/magento-sync/test/websites"
OAUTH = {
    "consumerKey": "s3cret-1",
    "consumerSecret": "s3cret-2",
    "accessToken": "s3cret-3",
    "accessTokenSecret": "s3cret-4",
}
FORMS = [
    ({"bearerToken": "s3cret"}, BearerToken("s3cret")),
    (OAUTH, OAuthCredentials("s3cret-1", "s3cret-2", "s3cret-3", "s3cret-4")),
    ({"username": "s3cret-user", "password": "s3cret wörd"}, AdminCredentials("s3cret-user", "s3cret wörd")),
]


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
    """SSM's parameters by name; what a fresh look finds instead, under the name with ` fresh` added."""
    values: dict[str, str] = {}

    def secure_parameter(name: str, *, fresh: bool = False) -> str | None:
        return values.get(f"{name} fresh") if fresh and f"{name} fresh" in values else values.get(name)

    monkeypatch.setattr(credentials, "secure_parameter", secure_parameter)
    return values


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(
        "magento_sync.magento.auth.credentials.logger.warning", lambda text, **more: told.append((text, more))
    )
    return told


@pytest.mark.parametrize(("values", "expected"), FORMS)
def test_three_forms(values: dict[str, str], expected: object) -> None:
    got = parse_credentials(json.dumps(values), "here")

    assert got == expected
    assert "s3cret" not in repr(got)


def test_pasted_white_space_around_a_value_is_forgiven() -> None:
    assert parse_credentials('{"bearerToken": " s3cret\\n"}', "here") == BearerToken("s3cret")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3cret",
        '"s3cret"',
        "[]",
        '["bearerToken"]',
        "null",
        "{}",
        '{"bearerToken": ""}',
        '{"bearerToken": "  "}',
        '{"bearerToken": null}',
        '{"bearerToken": 5}',
        '{"bearerToken": "s3cret", "username": "u", "password": "p"}',
        '{"bearerToken": "s3cret", "note": "of May"}',
        '{"username": "s3cret"}',
        json.dumps({key: value for key, value in OAUTH.items() if key != "accessToken"}),
        '{"bearertoken": "s3cret"}',
        '{"bearerToken": "s3 cret"}',
        '{"bearerToken": "s3cret\\r\\nX-Header: 1"}',
        '{"bearerToken": "s3crét"}',
        json.dumps(OAUTH | {"consumerKey": "s3cret\u200b"}),
        '{"username": "s3cret", "password": "\\ud800"}',
        '{"bearerToken": "s3cret"',
        "[" * 100_000,
    ],
)
def test_anything_else_is_unreadable_and_not_repeated(text: str) -> None:
    with pytest.raises(ShopNeedsPerson) as caught:
        parse_credentials(text, "/the/parameter")

    assert caught.value.code == "CREDENTIALS_UNREADABLE"
    assert caught.value.parameters == {"parameter": "/the/parameter"}
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_from_ssm_under_the_websites_id(stored: dict[str, str], warnings: list[Any]) -> None:
    stored[f"{PREFIX}/w1"] = json.dumps(OAUTH)

    assert credentials_of(website(bearer="other"), PREFIX) == FORMS[1][1]
    assert warnings == []


def test_fresh_is_handed_on(stored: dict[str, str]) -> None:
    stored[f"{PREFIX}/w1"] = '{"bearerToken": "old"}'
    stored[f"{PREFIX}/w1 fresh"] = '{"bearerToken": "new"}'

    assert credentials_of(website(), PREFIX) == BearerToken("old")
    assert credentials_of(website(), PREFIX, fresh=True) == BearerToken("new")


def test_unreadable_ones_in_ssm_are_not_replaced_by_the_columns(stored: dict[str, str]) -> None:
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
def test_from_columns_with_a_warning(row: Website, expected: object, warnings: list[Any]) -> None:
    assert credentials_of(row, PREFIX) == expected

    assert [more for _, more in warnings] == [{"website_id": "w1", "parameter": f"{PREFIX}/w1"}]
    assert "s3cret" not in str(warnings)


@pytest.mark.parametrize("row", [website(), website(bearer="  "), website(key="user"), website(key="user", secret=" ")])
@pytest.mark.usefixtures("stored")
def test_none_at_all(row: Website) -> None:
    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_MISSING") as caught:
        credentials_of(row, PREFIX)

    assert caught.value.parameters == {"parameter": f"{PREFIX}/w1"}


@pytest.mark.usefixtures("stored")
def test_unusable_token_in_its_column() -> None:
    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE") as caught:
        credentials_of(website(bearer="s3 cret"), PREFIX)

    assert caught.value.parameters == {"parameter": "magentoBearerToken"}
