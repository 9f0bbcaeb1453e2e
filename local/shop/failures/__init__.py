"""The ways in which a shop can fail."""

from local.shop.failures.altered import AlteredOrders, FixedTotal, PaddedToken, ids_as_text
from local.shop.failures.base import Failure, Healthy
from local.shop.failures.connection import CutOff, Drip, EarlyHints, Reset, Stall
from local.shop.failures.front import (
    Challenge,
    ErrorPage,
    Fixed,
    Maintenance,
    OnlyUnder,
    PlainError,
    Redirect,
    TooManyRequests,
    http_date,
)
from local.shop.failures.limits import LongAddress, LongValue, RateLimit, TooManyOrders
from local.shop.failures.within import (
    EmptyAnswer,
    FatalError,
    InternalError,
    LocalizedError,
    MessageOnly,
    MissingPermission,
    NotFound,
)

__all__ = [
    "AlteredOrders",
    "Challenge",
    "CutOff",
    "Drip",
    "EarlyHints",
    "EmptyAnswer",
    "ErrorPage",
    "Failure",
    "FatalError",
    "Fixed",
    "FixedTotal",
    "Healthy",
    "InternalError",
    "LocalizedError",
    "LongAddress",
    "LongValue",
    "Maintenance",
    "MessageOnly",
    "MissingPermission",
    "NotFound",
    "OnlyUnder",
    "PaddedToken",
    "PlainError",
    "RateLimit",
    "Redirect",
    "Reset",
    "Stall",
    "TooManyOrders",
    "TooManyRequests",
    "http_date",
    "ids_as_text",
]
