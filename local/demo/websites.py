"""Rows of `Website`: made or brought up to date for a run, and made due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.demo.shops import MEANT_TO_FAIL, SHOPS
from magento_sync.db import runs, websites
from magento_sync.db.run_record import FINISHED

if TYPE_CHECKING:
    from local.demo.shops import LocalShop
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction

ID_LENGTH = 25


@dataclass(frozen=True)
class Site:
    """A website of this run.

    Attributes:
        credentials: Their kind: `Bearer`, `OAuth` or `password`.
        shop: The local shop that it reads, if it is one of the demo's.
        run_before: The id of its newest run that was over before this one.
    """

    id: str
    domain: str
    credentials: str
    shop: LocalShop | None = None
    run_before: str | None = None

    @property
    def meant_to_fail(self) -> bool:
        """Whether the demo has it to show a failure."""
        return self.shop is MEANT_TO_FAIL


def demo_sites() -> list[Site]:
    """The demo's websites: one for each address of its shops, always with the same ids."""
    sites = []
    for shop in SHOPS:
        for address in dict.fromkeys(shop.domains.values()):
            domain = address.removeprefix("https://").rstrip("/")
            sites.append(Site(_readable_id(domain), domain, "Bearer" if shop.bearer_sent else "OAuth", shop))
    return sites


def port_before(database: Database, site: Site) -> int:
    """The port that the website's shop had in an earlier run, or 0."""
    website = database.run(websites.find, site.id)
    return urlsplit(website.api_url or "").port or 0 if website else 0


def put_website(transaction: Transaction, site: Site, address: str) -> None:
    """Makes the row, or gives it the shop's address of today; all else that stands there is kept."""
    transaction.execute(
        """
        INSERT INTO {website} ({id}, {domain}, {api_url}, {auto_upload_enabled}, {updated_at})
        VALUES (%s, %s, %s, true, {now})
        ON CONFLICT ({id}) DO UPDATE SET {api_url} = EXCLUDED.{api_url}
        """,
        [site.id, site.domain, address],
    )


def make_due(transaction: Transaction, site: Site) -> None:
    """Lets the website's interval, and a failed run's time of the next try, have passed."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_last_run} = {auto_upload_last_run} - make_interval(mins => {auto_upload_interval})
        WHERE {id} = %s
        """,
        [site.id],
    )
    transaction.execute(
        'UPDATE {run} SET "retryAt" = LEAST("retryAt", {now}) WHERE "websiteId" = %s AND "retryAt" IS NOT NULL',
        [site.id],
    )


def finished_before(transaction: Transaction, site: Site) -> str | None:
    """The id of the website's newest run, if that one is over."""
    run = runs.newest(transaction, site.id)
    return run.id if run and run.status in FINISHED else None


def left_behind(transaction: Transaction, site: Site) -> str | None:
    """The run that an interrupted `make run` left in the middle, if it did."""
    website = websites.find(transaction, site.id)
    return website.run_id if website and website.status == "RUNNING" else None


def _readable_id(domain: str) -> str:
    """As long as a cuid and made of the same characters."""
    letters = "".join(character for character in domain if character.isalnum())
    return f"cdemo{letters}".ljust(ID_LENGTH, "0")
