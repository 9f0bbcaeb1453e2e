"""The system under integration test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from magento_sync.db.cuid import new_cuid
from magento_sync.deadline import Deadline
from magento_sync.runs import claims
from magento_sync.settings import Settings
from magento_sync.sync.dry_run import dry_run
from magento_sync.sync.website_sync import Sync

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from local.shop import Integration, Shop
    from magento_sync.db.connection.database import Database
    from magento_sync.sync.result import Summary
    from tests.support.app import App

PREFIX = "/magento-sync/test/websites"
SETTINGS = Settings(
    database_url_parameter="/magento-sync/test/database-url",
    credentials_prefix=PREFIX,
    site_sync_function="site-sync",
    page_size=10,
    allow_insecure_shops=True,
)


@dataclass
class System:
    """The system with its shop and its app."""

    database: Database
    app: App
    shop: Shop
    integration: Integration
    settings: Settings
    ssm: SSMClient
    seconds_left: float = 900.0
    continued: list[tuple[str, str]] = field(default_factory=list)

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - settings of several types
        """Changes settings."""
        self.settings = replace(self.settings, **changes)

    def add_website(self, domain: str = "mokken.example", **columns: object) -> str:
        """Adds a website of the shop with OAuth credentials."""
        website_id = self.app.add_website(domain, **{"magentoApiUrl": self.shop.address, **columns})  # type: ignore[arg-type]
        self.put_credentials(website_id, self.integration.oauth)
        return website_id

    def put_credentials(self, website_id: str, credentials: dict[str, str] | str) -> None:
        """Writes a website's credentials to SSM."""
        value = credentials if isinstance(credentials, str) else json.dumps(credentials)
        self.ssm.put_parameter(Name=f"{PREFIX}/{website_id}", Value=value, Type="SecureString", Overwrite=True)

    @property
    def deadline(self) -> Deadline:
        """The end of an invocation whose time stands still."""
        return Deadline(self.seconds_left, clock=lambda: 0.0)

    @property
    def syncer(self) -> Sync:
        """The sync of one invocation."""
        return Sync(
            self.database,
            self.settings,
            self.deadline,
            lambda *run: self.continued.append((run[0], run[1])),
        )

    def beside(self, database: Database) -> System:
        """Returns the system in another execution environment, with its own database connection."""
        return replace(self, database=database)

    def let_retries_come(self) -> None:
        """Makes all quarantined orders due for a retry."""
        self.app.rows.execute("""UPDATE "MagentoSyncOrder" SET "nextAttemptAt" = now() - interval '1 day'""")

    def claim(self, website_id: str, trigger: str = "manual") -> str:
        """Claims a website and returns the run's id."""
        return self.database.run(claims.claim_website, website_id, trigger=trigger).run_id

    def sync(self, website_id: str) -> Summary:
        """Runs a manual sync and returns its summary."""
        return self.syncer.claim_and_run(website_id, new_cuid())

    def scheduled_sync(self, website_id: str) -> Summary:
        """A run of the schedule, from claim to finish."""
        return self.syncer.run(website_id, self.claim(website_id, "schedule"))

    def dry_run(self, website_id: str) -> Summary:
        """Runs a dry run."""
        return dry_run(self.database, self.settings, self.deadline, website_id)


def personal_data(shop: Shop) -> set[str]:
    """Returns the e-mails and names of all orders in lower case, except names of at most three letters."""
    orders = [shop.orders.get(one) or {} for one in shop.orders.ids]
    emails = {(order.get("customer_email") or "").strip().lower() for order in orders}
    names = {
        (order.get(f"customer_{part}name") or "").strip().lower() for order in orders for part in ("first", "last")
    }
    return {email for email in emails if "@" in email} | {name for name in names if len(name) > 3}
