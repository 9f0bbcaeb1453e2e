"""The ways in which a shop can fail."""

from local.shop.failures.base import Fault, Real
from local.shop.failures.connection import CutOff, Drip, Reset, Stall
from local.shop.failures.front import (
    BadGateway,
    Challenge,
    Firewall,
    Maintenance,
    PlainError,
    Redirect,
    TooManyRequests,
    http_date,
)
from local.shop.failures.within import EmptyAnswer, FatalError, InternalError, MessageOnly, NotFound

__all__ = [
    "BadGateway",
    "Challenge",
    "CutOff",
    "Drip",
    "EmptyAnswer",
    "FatalError",
    "Fault",
    "Firewall",
    "InternalError",
    "Maintenance",
    "MessageOnly",
    "NotFound",
    "PlainError",
    "Real",
    "Redirect",
    "Reset",
    "Stall",
    "TooManyRequests",
    "http_date",
]
