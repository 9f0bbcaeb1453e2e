"""What can become of an order."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """An order's outcome, as the ledger stores it."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REPEAT_PURCHASE = "repeat_purchase"
    NO_EMAIL = "no_email"
    OTHER_STORE = "other_store"
    TOO_OLD = "too_old"  # before the limit of a first import
    FAILED = "failed"  # in quarantine: retried by later runs
    RELEASED = "released"  # taken out of quarantine by an operator: never retried, never a customer
