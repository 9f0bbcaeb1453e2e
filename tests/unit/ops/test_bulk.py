"""Files with the credentials of many websites."""

from __future__ import annotations

import pytest

from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, OAuthCredentials
from ops.credentials.bulk import UnreadableFile, parse_lines
from ops.credentials.store import _as_json


def test_each_line_of_csv_may_have_another_kind_of_credentials() -> None:
    text = "website,bearerToken,username,password\na.example,token,,\nb.example,,admin,'a,b'\n"

    assert [line.credentials for line in parse_lines(text.replace("'", '"'))] == [
        BearerToken("token"),
        AdminCredentials("admin", "a,b"),
    ]


def test_a_byte_order_mark_and_empty_lines_are_ignored() -> None:
    text = '\ufeff{"website": " a.example ", "bearerToken": "token"}\n\n'

    (line,) = parse_lines(text)

    assert (line.number, line.website, line.credentials) == (1, "a.example", BearerToken("token"))


@pytest.mark.parametrize("line", ['{"website": "a", "token": "s3cret"}', '{"website": "a"}'])
def test_unusable_credentials_are_an_error_of_their_line_only(line: str) -> None:
    (parsed,) = parse_lines(line)

    assert parsed.credentials is None
    assert parsed.error is not None
    assert parsed.error.code == "CREDENTIALS_UNREADABLE"


@pytest.mark.parametrize(
    "text",
    ['{"website": "a"}\n["s3cret"]', '{"bearerToken": "s3cret"}', "s3cret", "website,bearerToken\n,s3cret", '{"s3cret'],
)
def test_a_line_that_names_no_website_stops_the_file_and_is_not_repeated(text: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        parse_lines(text)

    assert "s3cret" not in str(caught.value)


def test_no_secret_is_shown_by_a_line() -> None:
    assert "s3cret" not in repr(parse_lines('{"website": "a", "bearerToken": "s3cret"}'))


def test_credentials_are_stored_in_the_form_in_which_they_are_read() -> None:
    json = _as_json(OAuthCredentials("a", "b", "c", "d"))

    assert json == '{"consumerKey": "a", "consumerSecret": "b", "accessToken": "c", "accessTokenSecret": "d"}'
