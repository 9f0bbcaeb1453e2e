"""The orders of the model's shop with their expected conversions, as tables independent of the layer's code."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Damage = Literal["", "list", "all"]

NOON = datetime(2024, 5, 4, 12, 0)  # noqa: DTZ001 - UTC, as timestamp(3) holds it
LATER = datetime(2024, 6, 13, 10, 0, 0, 123000)  # noqa: DTZ001
LARGEST_ID = 2**31 - 1
TOO_LONG = "too long"  # represents LONG_EMAIL, which is too long for an index
LONG_EMAIL = "".join(random.Random(1).choices("0123456789abcdef", k=9000)) + "@long.nl"  # noqa: S311

# The e-mail that a shop sends, and the e-mail that is stored.
EMAILS: dict[Any, str | None] = {
    "a@b.nl": "a@b.nl",
    "A@b.nl": "A@b.nl",
    " a@B.nl ": "a@B.nl",
    "c@d.nl": "c@d.nl",
    "C@D.NL": "C@D.NL",
    "e@f.nl": "e@f.nl",
    "g\x00@h.nl": "g@h.nl",
    "straße@i.nl": "straße@i.nl",
    "": None,
    None: None,
    "nobody": None,
    "a b@c.nl": None,
}
UNUSABLE_EMAILS: dict[Any, str] = {TOO_LONG: "VALUE_REFUSED", 5: "UNUSABLE_VALUE"}
DATES: dict[str | None, datetime | None] = {
    "2024-05-04 12:00:00": NOON,
    "2024-05-04T14:00:00.000999+02:00": NOON,
    "2024-06-13 10:00:00.123456": LATER,
    "0000-00-00 00:00:00": None,
    None: None,
}
UNUSABLE_DATES = {"last Tuesday": "UNUSABLE_DATE"}
# First and last name, and the customer's name; None if it is made from the e-mail.
NAMES: dict[tuple[Any, Any], str | None] = {
    ("Zwaantje", "Vis"): "Zwaantje Vis",
    ("Zwa\x00antje", None): "Zwaantje",
    (" ", "Vis "): "Vis",
    (None, None): None,
}


@dataclass(frozen=True)
class Said:
    """The content of an order: the reason why it is unusable, or its customer; without an e-mail there is none."""

    unusable: str | None = None
    email: str | None = None
    name: str = ""
    bought: datetime | None = None


@dataclass
class PlainOrder:
    """An order that the shop shows.

    Attributes:
        id: Magento's `entity_id`.
        store: The store view that sold it.
        email: The e-mail, as the shop has it.
        created: The time, as the shop has it.
        names: First and last name, as the shop has them.
        damage: Whether it cannot be read in the list, or not at all.
    """

    id: int
    store: int
    email: Any
    created: str | None
    names: tuple[Any, Any]
    damage: Damage = ""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns for the local shop."""
        return {
            "store_id": self.store,
            "customer_email": LONG_EMAIL if self.email == TOO_LONG else self.email,
            "created_at": self.created,
            "customer_firstname": self.names[0],
            "customer_lastname": self.names[1],
        }

    @property
    def healthy(self) -> bool:
        """Whether it can be read and stored."""
        return self.damage != "all" and self.says.unusable is None

    @property
    def says(self) -> Said:
        """Its content, if it can be read."""
        if self.id > LARGEST_ID:
            return Said(unusable="ID_TOO_LARGE")
        if self.created in UNUSABLE_DATES:
            return Said(unusable=UNUSABLE_DATES[self.created])
        if self.email in UNUSABLE_EMAILS:
            return Said(unusable=UNUSABLE_EMAILS[self.email])
        email = EMAILS[self.email]
        if email is None:
            return Said()
        return Said(email=email, name=NAMES[self.names] or email.split("@")[0], bought=DATES[self.created])
