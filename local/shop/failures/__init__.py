"""The ways in which a shop can fail."""

from local.shop.failures.altered import AlteredOrders, FixedTotal, PaddedToken, ids_as_text
from local.shop.failures.base import Fault, Real
from local.shop.failures.connection import CutOff, Drip, EarlyHints, Reset, Stall
from local.shop.failures.front import (
    BadGateway,
    Challenge,
    ErrorPage,
    Firewall,
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
    "BadGateway",
    "Challenge",
    "CutOff",
    "Drip",
    "EarlyHints",
    "EmptyAnswer",
    "ErrorPage",
    "FatalError",
    "Fault",
    "Firewall",
    "Fixed",
    "FixedTotal",
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
    "Real",
    "Redirect",
    "Reset",
    "Stall",
    "TooManyOrders",
    "TooManyRequests",
    "http_date",
    "ids_as_text",
]
