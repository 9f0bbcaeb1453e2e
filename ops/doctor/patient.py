"""One website, and what the checks learn of it, each thing once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from magento_sync.db import inspection, ledger, runs, website_states
from magento_sync.magento.address import shop_address
from magento_sync.sync.conversion import ConvertedPage, convert_page
from magento_sync.sync.dry_run import judge
from ops.credentials.store import CredentialsStore
from ops.operator import NoSuchWebsite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.run_record import Run
    from magento_sync.db.website_states import WebsiteState
    from magento_sync.db.websites import Website
    from magento_sync.magento.address import ShopAddress
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.orders.order import Order
    from ops.doctor.system_checks import System
    from ops.sign_in import Visit

NEWEST_ORDERS = 100


@dataclass(frozen=True)
class Patient:
    """One website."""

    system: System
    given: str

    @cached_property
    def website(self) -> Website:
        """Its row.

        Raises:
            NoSuchWebsite: There is none.
        """
        return self.system.operator.website(self.given)

    @cached_property
    def state(self) -> WebsiteState:
        """Its state."""
        found = self.system.operator.database.run(website_states.states, self.website.id)
        if not found:
            raise NoSuchWebsite(self.given)
        return found[0]

    @cached_property
    def run(self) -> Run | None:
        """Its newest run."""
        return self.system.operator.database.run(runs.newest, self.website.id)

    @cached_property
    def store(self) -> CredentialsStore:
        """The parameters of credentials."""
        return CredentialsStore(self.system.operator.target)

    @cached_property
    def credentials(self) -> Credentials:
        """The credentials that a sync uses."""
        return self.store.used_by(self.website)

    @cached_property
    def address(self) -> ShopAddress:
        """The shop's address."""
        return shop_address(self.website.api_url, allow_insecure=self.system.settings.allow_insecure_shops)

    @cached_property
    def visit(self) -> Visit:
        """A visit of the shop."""
        return self.system.visitor.visit(self.website, self.credentials, NEWEST_ORDERS)

    @property
    def newest(self) -> Sequence[Order]:
        """The shop's newest orders, newest first."""
        return self.visit.newest.orders if self.visit.newest else ()

    @cached_property
    def converted(self) -> ConvertedPage:
        """The newest orders, converted as a sync does."""
        if self.visit.newest is None:
            return ConvertedPage([], {})
        return convert_page(self.visit.newest, enrich=self.system.settings.enrich_customers)

    @cached_property
    def outcomes(self) -> Counter[str]:
        """What became of the newest orders, or would become of them in a sync now."""
        database = self.system.operator.database
        known = database.run(ledger.outcomes, self.website.id, self.converted.order_ids)
        expected = database.run(judge, self.website.id, self.converted)
        return Counter(str(outcome) for outcome in {**expected, **known}.values())

    @cached_property
    def repeated_emails(self) -> int:
        """How many e-mails have several customers."""
        return self.system.operator.database.run(inspection.repeated_emails, self.website.id)

    @property
    def newest_id(self) -> int:
        """The id of the shop's newest order, or 0."""
        return self.newest[0].id if self.newest else 0
