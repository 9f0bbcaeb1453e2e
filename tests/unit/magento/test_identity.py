"""Who we are at a shop, for several connections at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING, TypeVar

import pytest

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth import token_cache
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken
from magento_sync.magento.auth.identity import Identity, PasswordRefused
from magento_sync.magento.auth.token_cache import fingerprint, kept_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.auth.credentials import Credentials

T = TypeVar("T")

BASE = "https://shop.example"
ADMIN = AdminCredentials("admin", "s3cret")
AT_ONCE = 8
MOMENT = 0.02  # that an answer takes, in which others come and ask


class Source:
    """Gives what it was made with, and notes how it was asked."""

    def __init__(self, first: Credentials, fresh: Credentials | None = None) -> None:
        self.first, self.fresh = first, fresh or first
        self.asked: list[bool] = []

    def __call__(self, *, fresh: bool = False) -> Credentials:
        self.asked.append(fresh)
        Event().wait(MOMENT)
        return self.fresh if fresh else self.first


@pytest.fixture(autouse=True)
def no_kept_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "_kept", {})


def at_once(do: Callable[[], T]) -> list[T]:
    barrier = Barrier(AT_ONCE)

    def wait_and_do(_: int) -> T:
        barrier.wait(10)
        return do()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(wait_and_do, range(AT_ONCE)))


def test_all_connections_go_on_with_the_credentials_that_were_read_afresh_once() -> None:
    old, new = BearerToken("old"), BearerToken("new")
    source = Source(old, new)
    identity = Identity(source)

    assert at_once(lambda: identity.instead_of(old, ShopNeedsPerson("BEARER_REFUSED"))) == [new] * AT_ONCE
    assert identity.credentials == new
    assert identity.instead_of(new, ShopNeedsPerson("BEARER_REFUSED")) is None
    assert source.asked == [False, True]


def test_credentials_that_have_not_changed_are_not_tried_again() -> None:
    source = Source(BearerToken("old"))
    identity = Identity(source)

    for _ in range(3):
        assert identity.instead_of(BearerToken("old"), ShopNeedsPerson("BEARER_REFUSED")) is None
    assert source.asked == [False, True]


def test_credentials_that_are_not_in_use_any_more_are_no_reason_to_ask_afresh() -> None:
    source = Source(BearerToken("in use"), BearerToken("fresh"))

    in_use = Identity(source).instead_of(BearerToken("of before"), ShopNeedsPerson("BEARER_REFUSED"))

    assert (in_use, source.asked) == (BearerToken("in use"), [False])


def test_what_was_refused_is_remembered_though_its_successor_cannot_be_used() -> None:
    unusable = ShopNeedsPerson("CREDENTIALS_UNREADABLE")

    def source(*, fresh: bool = False) -> Credentials:
        if fresh:
            raise unusable
        return ADMIN

    refusal = PasswordRefused("PASSWORD_REFUSED")
    refusal.refused_credentials = "a fingerprint"

    with pytest.raises(ShopNeedsPerson, match="CREDENTIALS_UNREADABLE"):
        Identity(source).instead_of(ADMIN, refusal)

    assert unusable.refused_credentials == "a fingerprint"


def test_one_login_serves_all() -> None:
    identity = Identity(Source(ADMIN))
    logins: list[str] = []

    def log_in(credentials: AdminCredentials) -> str:
        logins.append(credentials.username)
        Event().wait(MOMENT)
        return f"token {len(logins)}"

    assert at_once(lambda: identity.token(BASE, ADMIN, log_in)) == ["token 1"] * AT_ONCE
    assert logins == ["admin"]


def test_a_refused_password_is_tried_once_by_all() -> None:
    identity = Identity(Source(ADMIN))
    logins: list[str] = []

    def log_in(credentials: AdminCredentials) -> str:
        logins.append(credentials.username)
        raise PasswordRefused("PASSWORD_REFUSED")

    def refused() -> str:
        with pytest.raises(PasswordRefused) as told:
            identity.token(BASE, ADMIN, log_in)
        return told.value.code

    assert at_once(refused) == ["PASSWORD_REFUSED"] * AT_ONCE
    assert logins == ["admin"]


def test_another_password_than_the_one_refused_is_tried() -> None:
    identity = Identity(Source(ADMIN))

    def refuse(_: AdminCredentials) -> str:
        raise PasswordRefused("PASSWORD_REFUSED")

    with pytest.raises(PasswordRefused):
        identity.token(BASE, ADMIN, refuse)

    assert identity.token(BASE, AdminCredentials("admin", "other"), lambda _: "new") == "new"


def test_a_token_that_died_is_dropped_but_not_the_one_in_its_place() -> None:
    identity = Identity(Source(ADMIN))
    numbers = iter(range(10))

    def log_in(_: AdminCredentials) -> str:
        return f"token {next(numbers)}"

    first = identity.token(BASE, ADMIN, log_in)
    identity.took(first)

    assert at_once(lambda: identity.drop(BASE, ADMIN, first)) == [True] * AT_ONCE
    second = identity.token(BASE, ADMIN, log_in)
    assert identity.drop(BASE, ADMIN, first), "asked by a connection that still had the first"
    assert kept_token(BASE, ADMIN) == second != first


def test_a_token_that_was_never_taken_lacks_a_permission() -> None:
    identity = Identity(Source(ADMIN))
    token = identity.token(BASE, ADMIN, lambda _: "new")
    identity.took("another")

    assert not identity.drop(BASE, ADMIN, token)
    assert kept_token(BASE, ADMIN) == token


def test_a_fingerprint_is_of_one_shop_user_and_password() -> None:
    others = [
        fingerprint("https://other.example", ADMIN),
        fingerprint(BASE, AdminCredentials("admin", "other")),
        fingerprint(BASE, AdminCredentials("other", "s3cret")),
        fingerprint(BASE, AdminCredentials("admins3", "cret")),
    ]

    assert fingerprint(BASE, ADMIN) == fingerprint(BASE, AdminCredentials("admin", "s3cret"))
    assert fingerprint(BASE, ADMIN) not in others
    assert "s3cret" not in fingerprint(BASE, ADMIN)
