"""What goes with the next request, and what takes its place once a shop has refused it."""

from __future__ import annotations

import pytest

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth import token_cache
from magento_sync.magento.auth.admin_login import PasswordRefused
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, Credentials
from magento_sync.magento.auth.identity import Identity
from magento_sync.magento.auth.token_cache import keep_token, kept_token
from magento_sync.magento.http.failures import Unauthorized

BASE = "https://shop.example"
ADMIN = AdminCredentials("admin", "s3cret")
REFUSED = Unauthorized("CREDENTIALS_REFUSED")


class Source:
    """Gives credentials, others when asked afresh, and notes each request."""

    def __init__(self, cached: Credentials, fresh: Credentials | None = None) -> None:
        self.cached, self.fresh = cached, fresh or cached
        self.asked_afresh: list[bool] = []

    def __call__(self, *, fresh: bool = False) -> Credentials:
        self.asked_afresh.append(fresh)
        return self.fresh if fresh else self.cached


class Login:
    """Gives a new token each time."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: AdminCredentials) -> str:
        self.count += 1
        return f"token {self.count}"


@pytest.fixture(autouse=True)
def no_kept_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "_kept", {})


def test_credentials_are_read_when_they_are_first_needed_and_only_then() -> None:
    source = Source(BearerToken("t"))
    identity = Identity(source)
    assert source.asked_afresh == []

    assert [identity.credentials, identity.credentials] == [BearerToken("t")] * 2
    assert source.asked_afresh == [False]


def test_refused_credentials_are_replaced_by_those_that_were_changed_meanwhile() -> None:
    identity = Identity(Source(BearerToken("old"), BearerToken("new")))

    assert identity.renew(BASE, REFUSED)
    assert identity.credentials == BearerToken("new")


def test_credentials_that_have_not_changed_are_not_tried_again() -> None:
    identity = Identity(Source(BearerToken("old")))

    assert not identity.renew(BASE, REFUSED)


def test_credentials_are_read_afresh_only_once() -> None:
    source = Source(BearerToken("old"), BearerToken("new"))
    identity = Identity(source)

    assert [identity.renew(BASE, REFUSED) for _ in range(3)] == [True, False, False]
    assert source.asked_afresh == [False, True]


def test_a_refused_password_is_remembered_though_its_successor_cannot_be_used() -> None:
    unusable = ShopNeedsPerson("CREDENTIALS_UNREADABLE")

    def source(*, fresh: bool = False) -> Credentials:
        if fresh:
            raise unusable
        return ADMIN

    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE"):
        Identity(source).renew(BASE, PasswordRefused("PASSWORD_REFUSED", "a fingerprint"))

    assert unusable.refused_credentials == "a fingerprint"


def test_one_login_serves_all_requests_of_an_execution_environment() -> None:
    log_in = Login()

    tokens = [Identity(Source(ADMIN)).token(BASE, ADMIN, log_in) for _ in range(3)]

    assert tokens == ["token 1"] * 3


def test_a_password_that_is_refused_leaves_no_token() -> None:
    def refuse(_: AdminCredentials) -> str:
        raise PasswordRefused("PASSWORD_REFUSED", "a fingerprint")

    identity = Identity(Source(ADMIN))
    with pytest.raises(PasswordRefused):
        identity.token(BASE, ADMIN, refuse)

    assert kept_token(BASE, ADMIN) is None
    assert not identity.renew(BASE, PasswordRefused("PASSWORD_REFUSED", "a fingerprint"))


def test_a_token_that_worked_and_is_refused_later_is_replaced_by_a_new_login() -> None:
    source, log_in = Source(ADMIN), Login()
    identity = Identity(source)
    identity.accept(identity.token(BASE, ADMIN, log_in))

    assert identity.renew(BASE, REFUSED)
    assert identity.token(BASE, ADMIN, log_in) == "token 2"
    assert source.asked_afresh == [False]


def test_a_token_from_an_earlier_invocation_that_is_refused_is_replaced_by_a_new_login() -> None:
    keep_token(BASE, ADMIN, "kept")
    identity, log_in = Identity(Source(ADMIN)), Login()
    assert identity.token(BASE, ADMIN, log_in) == "kept"

    assert identity.renew(BASE, REFUSED)
    assert identity.token(BASE, ADMIN, log_in) == "token 1"


def test_a_new_token_that_is_refused_at_once_costs_no_other_login() -> None:
    """Its admin lacks a permission."""
    identity, log_in = Identity(Source(ADMIN)), Login()
    identity.token(BASE, ADMIN, log_in)

    assert not identity.renew(BASE, REFUSED)
    assert identity.token(BASE, ADMIN, log_in) == "token 1"


def test_a_token_that_is_refused_for_ever_costs_one_login_more() -> None:
    identity, log_in = Identity(Source(ADMIN)), Login()
    identity.accept(identity.token(BASE, ADMIN, log_in))
    logins = 0
    while identity.renew(BASE, REFUSED):
        identity.token(BASE, ADMIN, log_in)
        logins += 1

    assert logins == 1


def test_only_the_token_in_use_counts_as_accepted() -> None:
    identity, log_in = Identity(Source(ADMIN)), Login()
    identity.token(BASE, ADMIN, log_in)
    identity.accept("another")

    assert not identity.renew(BASE, REFUSED)
