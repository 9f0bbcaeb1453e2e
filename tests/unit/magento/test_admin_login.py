"""What an admin's login brings: a token, or a failure that never counts as a failed request."""

from __future__ import annotations

import pytest

from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.auth.admin_login import LONGEST_TOKEN, PasswordRefused, log_in
from magento_sync.magento.auth.credentials import AdminCredentials
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.http.failures import (
    AnswerTooLarge,
    Busy,
    InternalError,
    LoginFailed,
    NoApi,
    NoSuchEntity,
    PageNotFound,
    PageTooLarge,
    Refused,
    RequestFailed,
    ServerFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
)

BASE = "https://shop.example"
ADMIN = AdminCredentials("admin", "s3cret")


def failure_of(failure: ShopError) -> ShopError:
    """Returns what a login raises where its request fails."""

    def post(_path: str, _content: object) -> object:
        raise failure

    with pytest.raises(ShopError) as caught:
        log_in(BASE, ADMIN, post)
    return caught.value


def test_a_login_sends_the_name_and_the_password_once() -> None:
    sent: list[tuple[str, object]] = []

    def post(path: str, content: object) -> object:
        sent.append((path, content))
        return "token"

    assert log_in(BASE, ADMIN, post) == "token"
    assert sent == [("/integration/admin/token", {"username": "admin", "password": "s3cret"})]


@pytest.mark.parametrize("answer", ["token\r\n", "\n token ", "\ttoken"])
def test_white_space_around_a_token_is_trimmed(answer: str) -> None:
    assert log_in(BASE, ADMIN, lambda *_: answer) == "token"


@pytest.mark.parametrize(
    "answer", [None, "", " \r\n", 5, ["token"], {"token": "t"}, "to ken", "to\nken", "tokén", "t" * (LONGEST_TOKEN + 1)]
)
def test_an_answer_that_is_not_a_token_is_a_failed_login(answer: object) -> None:
    with pytest.raises(LoginFailed, match="ANSWER_UNUSABLE"):
        log_in(BASE, ADMIN, lambda *_: answer)


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Unauthorized("OAUTH_REFUSED"), "PASSWORD_REFUSED"),
        (Unauthorized("CREDENTIALS_REFUSED", "self"), "PASSWORD_REFUSED"),
        (Refused("REQUEST_REFUSED", {"status": 400}), "TWO_FACTOR_REQUIRED"),
    ],
)
def test_a_refused_password_is_remembered_by_its_fingerprint(failure: ShopError, code: str) -> None:
    refusal = failure_of(failure)

    assert isinstance(refusal, PasswordRefused)
    assert (refusal.code, refusal.refused_credentials) == (code, fingerprint(BASE, ADMIN))


@pytest.mark.parametrize("failure", [NoSuchEntity("NOT_FOUND"), PageNotFound()])
def test_an_address_without_the_login_is_not_a_magento(failure: ShopError) -> None:
    assert isinstance(failure_of(failure), NoApi)


@pytest.mark.parametrize(
    "failure",
    [Refused("FIREWALL", {"status": 403}), Refused("REDIRECTED", {"host": "h"}), Refused("BASIC_AUTHENTICATION")],
    ids=lambda failure: failure.code,
)
def test_any_other_refusal_needs_a_person_and_leaves_the_password_untried(failure: ShopError) -> None:
    refusal = failure_of(failure)

    assert isinstance(refusal, ShopNeedsPerson)
    assert (refusal.code, refusal.parameters, refusal.refused_credentials) == (failure.code, failure.parameters, None)


@pytest.mark.parametrize(
    "failure",
    [
        ServerFailed("SHOP_ERROR", {"status": 502}),
        InternalError("SHOP_ERROR", {"status": 500}),
        TimedOut("TIMEOUT"),
        AnswerTooLarge("ANSWER_TOO_LARGE"),
        Unreachable("UNREACHABLE"),
        Busy("MAINTENANCE", retry_after=7.0),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_shop_that_fails_during_a_login_is_unavailable(failure: ShopError) -> None:
    failed = failure_of(failure)

    assert isinstance(failed, LoginFailed)
    assert (failed.code, failed.parameters, failed.retry_after) == (
        failure.code,
        failure.parameters,
        failure.retry_after,
    )


@pytest.mark.parametrize(
    "failure",
    [
        Refused("FIREWALL"),
        Unauthorized("OAUTH_REFUSED"),
        Busy("MAINTENANCE"),
        ServerFailed("SHOP_ERROR"),
        PageTooLarge(5),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_failed_login_is_a_failed_request(failure: ShopError) -> None:
    """A failed request is followed by a control request, which would send the password again."""
    assert not isinstance(failure_of(failure), RequestFailed)
