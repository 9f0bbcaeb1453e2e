"""Rows of `Website`: created or updated, and made due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.demo.shops import KLOMPEN, MEANT_TO_FAIL, SHOPS
from magento_sync.db import run_history
from magento_sync.db.run_record import FINISHED
from magento_sync.db.websites import USUAL_INTERVAL
from magento_sync.runs.claims import shop_host

if TYPE_CHECKING:
    from local.demo.shops import DemoShop
    from magento_sync.db.connection.transaction import Transaction

ID_LENGTH = 25


@dataclass(frozen=True)
class SyncedWebsite:
    """A website that this `make run` syncs.

    Attributes:
        shop: The demo's shop that it reads, if any.
        previous_run: The id of its newest finished run.
    """

    id: str
    domain: str
    shop: DemoShop | None = None
    previous_run: str | None = None

    @property
    def meant_to_fail(self) -> bool:
        """Whether it is in the demo to show a failure."""
        return self.shop is MEANT_TO_FAIL

    @property
    def interval(self) -> int:
        """Minutes between the starts of two runs of a new website."""
        return 1 if self.shop is KLOMPEN else USUAL_INTERVAL


def demo_websites() -> list[SyncedWebsite]:
    """Returns the demo's websites: one for each address of its shops, always with the same ids."""
    found = []
    for shop in SHOPS:
        for address in dict.fromkeys(shop.domains.values()):
            domain = address.removeprefix("https://").rstrip("/")
            found.append(SyncedWebsite(_readable_id(domain), domain, shop))
    return found


def put_website(transaction: Transaction, website: SyncedWebsite, address: str) -> None:
    """Creates the row with the shop's address, or changes the address only, also that of an unfinished run.

    Otherwise the schedule would not count that run on the shop, and could start so many others that the run finds no
    place when it is resumed.
    """
    transaction.execute(
        """
        INSERT INTO {website} ({id}, {domain}, {api_url}, {auto_upload_interval}, {auto_upload_enabled}, {updated_at})
        VALUES (%s, %s, %s, %s, true, {now})
        ON CONFLICT ({id}) DO UPDATE SET {api_url} = EXCLUDED.{api_url}
        """,
        [website.id, website.domain, address, website.interval],
    )
    transaction.execute(
        """UPDATE {run} SET "shop" = %s WHERE "websiteId" = %s AND "status" IN ('QUEUED', 'RUNNING')""",
        [shop_host(address), website.id],
    )


def make_due(transaction: Transaction, website: SyncedWebsite) -> None:
    """Moves the times of the last run and of a failed run's retry back, so that the website is due."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_last_run} = {auto_upload_last_run} - make_interval(mins => {auto_upload_interval})
        WHERE {id} = %s
        """,
        [website.id],
    )
    transaction.execute(
        'UPDATE {run} SET "retryAt" = LEAST("retryAt", {now}) WHERE "websiteId" = %s AND "retryAt" IS NOT NULL',
        [website.id],
    )


def newest_finished_run(transaction: Transaction, website: SyncedWebsite) -> str | None:
    """Returns the id of the newest of the website's runs that are finished."""
    newest, _ = run_history.page(transaction, website.id, limit=2)
    return next((run.id for run in newest if run.status in FINISHED), None)


def interrupted_run(transaction: Transaction, website: SyncedWebsite, quiet_minutes: int = 0) -> str | None:
    """Returns the id of the website's unfinished run if it has had no heartbeat for that many minutes."""
    row = transaction.one(
        """
        SELECT "id" FROM {run} WHERE "status" IN ('QUEUED', 'RUNNING')
            AND "id" = (SELECT {sync_run_id} FROM {website} WHERE {id} = %s)
            AND COALESCE("heartbeatAt", "queuedAt") < {now} - make_interval(mins => %s)
        """,
        [website.id, quiet_minutes],
    )
    return row["id"] if row else None


def _readable_id(domain: str) -> str:
    """Returns an id with the length and the characters of a cuid."""
    letters = "".join(character for character in domain if character.isalnum())
    return f"cdemo{letters}".ljust(ID_LENGTH, "0")
