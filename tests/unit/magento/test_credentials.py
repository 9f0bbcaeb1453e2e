"""A website's credentials as JSON: three forms, nothing guessed, nothing shown."""

from __future__ import annotations

import json
import traceback

import pytest

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import (
    AdminCredentials,
    BearerToken,
    OAuthCredentials,
    check_credentials,
    parse_credentials,
)

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


@pytest.mark.parametrize(("values", "expected"), FORMS)
def test_each_of_the_three_forms_is_read(values: dict[str, str], expected: object) -> None:
    credentials = parse_credentials(json.dumps(values), "here")

    assert credentials == expected
    assert "s3cret" not in repr(credentials)


def test_white_space_around_a_value_is_trimmed() -> None:
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
def test_any_other_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ShopNeedsPerson) as caught:
        parse_credentials(text, "/the/parameter")

    assert caught.value.code == "CREDENTIALS_UNREADABLE"
    assert caught.value.parameters == {"parameter": "/the/parameter"}
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("token", ["s3 cret", "s3cret\n", "s3crét"])
def test_a_token_that_does_not_fit_a_header_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE") as caught:
        check_credentials(BearerToken(token), "magentoBearerToken")

    assert caught.value.parameters == {"parameter": "magentoBearerToken"}
