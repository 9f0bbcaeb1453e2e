"""One sync of one website: it joins the shop with the customers, and knows neither HTTP nor SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db import ledger, runs
from magento_sync.errors import FenceLost, InvocationRefused, Refusal, ShopError, ShopUnavailable
from magento_sync.observability import count, logger
from magento_sync.runs import claims, leases
from magento_sync.sync import page_storage
from magento_sync.sync.first_import import oldest_wanted, too_old_up_to
from magento_sync.sync.result import Summary, skipped, summary_of
from magento_sync.sync.shop_opening import open_shop
from magento_sync.sync.time_budget import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.magento.orders.requests import Page
    from magento_sync.magento.shop import Shop
    from magento_sync.runs.leases import Lease
    from magento_sync.settings import Settings

MOST_INVOCATIONS = 200  # in a row; after that the next fan-out carries the run on


@dataclass(frozen=True)
class Sync:
    """Syncs websites.

    Attributes:
        database: The app's.
        settings: The operator's.
        seconds_left: How much time this invocation has.
        go_on: Starts the next invocation of a run, given the website's and the run's id; raises InvocationRefused.
    """

    database: Database
    settings: Settings
    seconds_left: Callable[[], float]
    go_on: Callable[[str, str], None]

    def claim_and_run(self, website_id: str, run_id: str) -> Summary:
        """A run by hand, under the same rules as the button: a website that is off or running is skipped.

        Args:
            website_id: Which website.
            run_id: The id of the run that is made. Where it is there already, after a retry of the same event, it is taken up
                again.
        """
        try:
            self.database.run(claims.claim_website, website_id, trigger="manual", run_id=run_id)
        except Refusal as refusal:
            if refusal.run_id != run_id:
                return skipped(website_id, refusal.run_id, refusal.code)
        return self.run(website_id, run_id)

    def run(self, website_id: str, run_id: str) -> Summary:
        """Takes a claimed run up and carries it as far as the time allows.

        Raises:
            OperatorError: Ours; the run stays as it is, so that a retry takes it up again.
        """
        try:
            lease = self.database.run(leases.acquire, website_id, run_id, self.settings)
        except Refusal as refusal:
            return skipped(website_id, run_id, refusal.code)
        time = TimeLeft(self.seconds_left, idle_before=lease.run.idle_invocations > 1)
        try:
            return self._carry_on(lease, time)
        except FenceLost:
            logger.info("Another has taken the run over")
            return skipped(website_id, run_id, "RUN_OVER")

    def _carry_on(self, lease: Lease, time: TimeLeft) -> Summary:
        if not lease.website.wanted:
            return self._finish(lease, "STOPPED")
        try:
            with open_shop(self.database, lease.website, self.settings, time.for_the_shop, lease.run) as shop:
                return self._read(lease, shop, time)
        except ShopError as error:
            if time.excuses(error):
                return self._hand_over(lease)
            logger.warning("The shop failed the run", error_code=error.code)
            count("FailedSyncs", 1)
            return summary_of(self.database.run(leases.fail, lease, error), "FAILED")

    def _read(self, lease: Lease, shop: Shop, time: TimeLeft) -> Summary:
        oldest = oldest_wanted(self.database, lease.website, self.settings, lease.run.id)
        website = self._without_old_orders(lease, shop, oldest)
        cursor = max(website.watermark, website.floor)
        while website.wanted:
            if not time.allows_a_page():
                return self._hand_over(lease)
            gaps = self.database.run(
                ledger.gaps,
                website.id,
                watermark=website.watermark,
                floor=website.floor,
                window=self.settings.gap_window,
            )
            page = shop.page(cursor, gaps)
            website, cursor = self._store_page(lease, shop, page, oldest, cursor)
            if page.last:
                self._try_quarantined(lease, shop, time, oldest)
                if not time.stored and not page.orders:
                    self._check_start_over(lease, shop, cursor)
                return self._finish(lease, "COMPLETED")
            time.stored = True
        return self._finish(lease, "STOPPED")

    def _without_old_orders(self, lease: Lease, shop: Shop, oldest: datetime | None) -> Website:
        floor = too_old_up_to(shop, lease.website, oldest)
        return self.database.run(leases.limit_first_import, lease, floor) if floor else lease.website

    def _store_page(
        self, lease: Lease, shop: Shop, page: Page, oldest: datetime | None, cursor: int = 0
    ) -> tuple[Website, int]:
        converted = page_storage.convert(page, enrich=self.settings.enrich_customers, oldest=oldest)
        website = self.database.run(
            page_storage.store_page,
            lease,
            converted,
            expected=page.total,
            method=shop.method,
            method_reason=shop.why,
        )
        # Not the watermark alone: an id too large for it must not be asked for again and again.
        return website, max([cursor, website.watermark, *converted.certain_ids])

    def _try_quarantined(self, lease: Lease, shop: Shop, time: TimeLeft, oldest: datetime | None) -> None:
        """After a page has succeeded, so that what fails now is the order's fault."""
        waiting = self.database.run(ledger.due_for_retry, lease.run)
        if not waiting or not time.suffices():
            return
        again, stopped_by = shop.again(waiting)
        self._store_page(lease, shop, again, oldest)
        if stopped_by is None:
            return
        if not isinstance(stopped_by, ShopUnavailable) or stopped_by.retry_after is not None:
            raise stopped_by
        logger.info("Quarantined orders are left for another run", error_code=stopped_by.code)

    def _check_start_over(self, lease: Lease, shop: Shop, watermark: int) -> None:
        if watermark and self.database.run(runs.newest_id_check_is_due, lease.website.id):
            shop.check_start_over(
                watermark, lambda order_id: self.database.run(ledger.recorded_at, lease.website.id, order_id)
            )
            self.database.run(runs.record_newest_id_check, lease.run.id)

    def _finish(self, lease: Lease, status: leases.Ending) -> Summary:
        run = self.database.run(leases.finish, lease, status, self.settings.gap_window)
        count("CompletedSyncs" if status == "COMPLETED" else "StoppedSyncs", 1)
        count("ImportedCustomers", run.counts.imported)
        return summary_of(run, status)

    def _hand_over(self, lease: Lease) -> Summary:
        run = self.database.run(leases.hand_over, lease)
        if run.invocations < MOST_INVOCATIONS:
            try:
                self.go_on(run.website_id, run.id)
            except InvocationRefused:
                logger.warning("The next invocation could not be started; the next fan-out sends the run again")
        return summary_of(run, "CONTINUED")
