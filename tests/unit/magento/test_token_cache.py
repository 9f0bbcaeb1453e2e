"""How long an admin's token is used."""

from __future__ import annotations

import base64
import json

import pytest

from magento_sync.magento.auth import token_cache
from magento_sync.magento.auth.credentials import AdminCredentials
from magento_sync.magento.auth.token_cache import keep_token, kept_token

BASE = "https://shop.example"
ADMIN = AdminCredentials("admin", "secret")
NOW = 1_800_000_000.0
DAY = 24 * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What our clock shows."""
    clock = [NOW]
    monkeypatch.setattr(token_cache, "_kept", {})
    monkeypatch.setattr("magento_sync.magento.auth.token_cache.time.time", lambda: clock[0])
    return clock


def token(payload: object) -> str:
    """As Magento makes one."""
    middle = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    return f"e30.{middle}.signature"


def kept_for(clock: list[float], text: str) -> float:
    """After how many seconds the token is not used any more."""
    keep_token(BASE, ADMIN, text)
    seconds = 0
    while kept_token(BASE, ADMIN) == text and seconds < DAY:
        seconds += 1
        clock[0] = NOW + seconds
    return seconds


@pytest.mark.parametrize(("life", "used"), [(3600, 3540), (600, 540), (60, 54), (30, 27)])
@pytest.mark.parametrize("shop_s_clock", [NOW, NOW - 7200, NOW + 7200], ids=["right", "behind", "ahead"])
def test_nearly_as_long_as_it_lives_whatever_the_shop_s_clock_shows(
    clock: list[float], life: int, used: int, shop_s_clock: float
) -> None:
    assert kept_for(clock, token({"iat": shop_s_clock, "exp": shop_s_clock + life})) == used


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
def test_an_hour_where_it_does_not_say(clock: list[float], text: str) -> None:
    assert kept_for(clock, text) == 3540


@pytest.mark.usefixtures("clock")
def test_a_token_is_of_one_shop_user_and_password() -> None:
    keep_token(BASE, ADMIN, "token")

    assert kept_token("https://other.example", ADMIN) is None
    assert kept_token(BASE, AdminCredentials("admin", "other")) is None
    assert kept_token(BASE, AdminCredentials("other", "secret")) is None
