"""What a failure is the fault of: the shop's, the request's size, or one order's."""

from __future__ import annotations

import pytest

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.http.responses import (
    AnswerUnusable,
    InternalError,
    LoginFailed,
    NoSuchEntity,
    PageTooLarge,
    Unauthorized,
    about_the_request,
    may_be_the_orders,
)


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (InternalError("SHOP_ERROR"), True),
        (ShopUnavailable("TIMEOUT"), True),
        (ShopUnavailable("MAINTENANCE"), True),
        (ShopUnavailable("TIME_IS_UP"), False),
        (ShopUnavailable("TOO_MANY_REQUESTS"), False),
        (LoginFailed("SHOP_ERROR"), False),
    ],
)
def test_whether_another_request_might_do(error: ShopUnavailable, about: bool) -> None:  # noqa: FBT001 - pytest's way
    assert about_the_request(error) is about


@pytest.mark.parametrize(
    "error",
    [
        InternalError("SHOP_ERROR"),
        AnswerUnusable("ANSWER_NOT_JSON"),
        ShopUnavailable("TIMEOUT"),
        ShopUnavailable("UNREACHABLE"),
        ShopUnavailable("MAINTENANCE"),
        ShopNeedsPerson("FIREWALL"),
        ShopNeedsPerson("REDIRECTED"),
        ShopNeedsPerson("REDIRECTED_WITHIN"),
        ShopNeedsPerson("REQUEST_REFUSED"),
        ShopNeedsPerson("WRONG_ADDRESS"),
    ],
    ids=lambda error: error.code,
)
def test_what_may_be_one_order_s_fault(error: ShopError) -> None:
    assert may_be_the_orders(error)


@pytest.mark.parametrize(
    "error",
    [
        ShopUnavailable("MAINTENANCE", retry_after=0.0),
        ShopUnavailable("TOO_MANY_REQUESTS"),
        ShopUnavailable("TIME_IS_UP"),
        LoginFailed("SHOP_ERROR"),
        NoSuchEntity("NOT_FOUND"),
        PageTooLarge(5),
        Unauthorized("CREDENTIALS_REFUSED"),
        ShopNeedsPerson("BASIC_AUTHENTICATION"),
        ShopNeedsPerson("TLS"),
        ShopNeedsPerson("ADDRESS_NOT_PUBLIC"),
    ],
    ids=lambda error: error.code,
)
def test_what_is_no_order_s_fault(error: ShopError) -> None:
    assert not may_be_the_orders(error)
