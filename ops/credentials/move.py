"""Moves credentials from the app's columns into SSM.

The columns are cleared last, once SSM has returned the same credentials. So whenever the move is interrupted, the
credentials are in the columns or in SSM, and the next move goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from magento_sync.db import credential_columns
from magento_sync.errors import ShopError
from magento_sync.magento.auth.credentials import BearerToken
from magento_sync.sync.credentials import credentials_in_columns
from ops.sign_in import kind_of
from ops.wording import english

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from ops.credentials.store import CredentialsStore
    from ops.sign_in import Visitor

INCOMPLETE = "The columns hold no usable credentials: a user name or a password is missing. Complete or clear them."
DIFFERENT = (
    "The parameter {name} holds other credentials, which syncs use. Clear the columns by hand if they are outdated, or "
    "store the right ones with `credentials set`."
)
CHANGED = "The columns were changed meanwhile. Run the command again."
UNUSED = "The columns still hold a user name or a password, which syncs do not use next to a token. Clear them by hand."


@dataclass(frozen=True)
class Move:
    """What became of one website's columns.

    Attributes:
        result: `moved`, `would move` (a dry run), or `kept`, with the reason.
    """

    website_id: str
    domain: str
    kind: str
    result: Literal["moved", "would move", "kept"]
    reason: str = ""


@dataclass(frozen=True)
class Mover:
    """Moves credentials, one website at a time."""

    database: Database
    visitor: Visitor
    store: CredentialsStore
    dry_run: bool

    def move(self, website: Website) -> Move:
        """Moves one website's credentials, if a sign-in with them succeeds."""
        try:
            credentials = credentials_in_columns(website)
            if credentials is None:
                return _kept(website, "unknown", INCOMPLETE)
            stored = self.store.read(website.id)
            if stored not in {None, credentials}:
                return _kept(website, kind_of(credentials), DIFFERENT.format(name=self.store.name(website.id)))
            self.visitor.check(website, credentials)
        except ShopError as error:
            return _kept(website, "unknown", english(error))
        kind = kind_of(credentials)
        if self.dry_run:
            return Move(website.id, website.domain, kind, "would move")
        if stored is None:
            self.store.write(website.id, credentials)
        self.store.verify(website.id, credentials)
        if not self.clear(website, credentials):
            return _kept(website, kind, CHANGED)
        is_rest_left = isinstance(credentials, BearerToken) and bool(website.api_key or website.api_secret)
        return Move(website.id, website.domain, kind, "moved", UNUSED if is_rest_left else "")

    def clear(self, website: Website, credentials: Credentials) -> bool:
        """Clears the columns of these credentials only; returns False if they have changed."""
        is_token = isinstance(credentials, BearerToken)
        step = credential_columns.clear_token if is_token else credential_columns.clear_password
        return self.database.run(step, website)


def _kept(website: Website, kind: str, reason: str) -> Move:
    return Move(website.id, website.domain, kind, "kept", reason)
