"""How long an admin's token is used, and how a refused password is remembered."""

from __future__ import annotations

import base64
import json

import pytest

from magento_sync.magento.auth import token_cache
from magento_sync.magento.auth.credentials import AdminCredentials
from magento_sync.magento.auth.token_cache import fingerprint, keep_token, kept_token

BASE = "https://shop.example"
ADMIN = AdminCredentials("admin", "s3cret")
NOW = 1_800_000_000.0
DAY = 24 * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What our own clock shows."""
    clock = [NOW]
    monkeypatch.setattr(token_cache, "_kept", {})
    monkeypatch.setattr("magento_sync.magento.auth.token_cache.time.time", lambda: clock[0])
    return clock


def token(payload: object) -> str:
    """Returns a token in Magento's form."""
    middle = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"e30.{middle}.signature"


def kept_for(clock: list[float], text: str) -> float:
    """Returns the seconds after which the token is not used any more."""
    keep_token(BASE, ADMIN, text)
    seconds = 0
    while kept_token(BASE, ADMIN) == text and seconds < DAY:
        seconds += 1
        clock[0] = NOW + seconds
    return seconds


@pytest.mark.parametrize(("life", "used"), [(3600, 3540), (600, 540), (60, 54), (30, 27)])
@pytest.mark.parametrize("shops_clock", [NOW, NOW - 7200, NOW + 7200], ids=["right", "behind", "ahead"])
def test_a_token_is_used_until_shortly_before_it_expires_whatever_the_shops_clock_shows(
    clock: list[float], life: int, used: int, shops_clock: float
) -> None:
    assert kept_for(clock, token({"iat": shops_clock, "exp": shops_clock + life})) == used


@pytest.mark.parametrize(
    "text",
    [
        "k2x8v0q9plain",
        "x.y",
        token({"exp": NOW + 60}),
        token({"iat": NOW, "exp": NOW - 60}),
        token({"iat": NOW, "exp": "soon"}),
        token({"iat": NOW, "exp": 10**400}),
        token({"iat": NOW, "exp": float("inf")}),
        token({"iat": NOW, "exp": float("nan")}),
        token([NOW]),
        "x." + base64.urlsafe_b64encode(b"[" * 200_000).decode() + ".y",
    ],
    ids=lambda text: text[:24],
)
def test_a_token_that_does_not_show_its_life_is_used_for_nearly_an_hour(clock: list[float], text: str) -> None:
    assert kept_for(clock, text) == 3540


@pytest.mark.usefixtures("clock")
def test_a_token_is_kept_for_one_shop_name_and_password() -> None:
    keep_token(BASE, ADMIN, "token")

    assert kept_token("https://other.example", ADMIN) is None
    assert kept_token(BASE, AdminCredentials("admin", "other")) is None
    assert kept_token(BASE, AdminCredentials("other", "s3cret")) is None


def test_a_fingerprint_stands_for_one_shop_name_and_password_and_shows_neither() -> None:
    others = [
        fingerprint("https://other.example", ADMIN),
        fingerprint(BASE, AdminCredentials("admin", "other")),
        fingerprint(BASE, AdminCredentials("other", "s3cret")),
        fingerprint(BASE, AdminCredentials("admins3", "cret")),
    ]

    assert fingerprint(BASE, ADMIN) == fingerprint(BASE, AdminCredentials("admin", "s3cret"))
    assert fingerprint(BASE, ADMIN) not in others
    assert "s3cret" not in fingerprint(BASE, ADMIN)
