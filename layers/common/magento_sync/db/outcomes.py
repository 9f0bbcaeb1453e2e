"""What can become of an order."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The ledger's words."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REPEAT_PURCHASE = "repeat_purchase"
    NO_EMAIL = "no_email"
    OTHER_STORE = "other_store"
    TOO_OLD = "too_old"  # for a first import that is limited
    FAILED = "failed"
    RELEASED = "released"  # was quarantined, and an operator let go of it: never tried again, nobody is mailed
