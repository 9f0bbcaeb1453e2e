"""One sync of one website: it joins the shop with the customers, and knows neither HTTP nor SQL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from magento_sync.db import ledger, reading_progress, runs
from magento_sync.errors import FenceLost, InvocationRefused, Refusal, ShopError
from magento_sync.observability import logger, measure
from magento_sync.runs import claims, leases
from magento_sync.runs.reports import report_end
from magento_sync.sync.conversion import convert_page
from magento_sync.sync.first_import import too_old_up_to
from magento_sync.sync.page_storage import store_page
from magento_sync.sync.result import Summary, skipped, summary_of
from magento_sync.sync.shop_opening import open_shop
from magento_sync.sync.starting_point import starting_point
from magento_sync.sync.time_budget import TimeBudget

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.deadline import Deadline
    from magento_sync.magento.orders.page import Page
    from magento_sync.magento.shop import Shop
    from magento_sync.runs.leases import Lease
    from magento_sync.settings import Settings
    from magento_sync.sync.conversion import ConvertedPage
    from magento_sync.sync.result import Status
    from magento_sync.sync.starting_point import StartingPoint

    Store = Callable[[Transaction], Lease]

MOST_INVOCATIONS = 200  # of one run in a row; after that the next fan-out sends it again


@dataclass(frozen=True)
class Sync:
    """Syncs websites.

    Attributes:
        database: The app's.
        settings: The operator's.
        deadline: When this invocation ends.
        invoke_next: Starts a run's next invocation, given website id and run id; raises InvocationRefused.
    """

    database: Database
    settings: Settings
    deadline: Deadline
    invoke_next: Callable[[str, str], None]

    def claim_and_run(self, website_id: str, run_id: str) -> Summary:
        """Syncs a website by hand, under the same rules as the button: a website that is off or running is skipped.

        Args:
            website_id: Which website.
            run_id: The id of the new run. If it exists, because the same event is retried, it is acquired again.
        """
        try:
            self.database.run(claims.claim_website, website_id, trigger="manual", run_id=run_id)
        except Refusal as refusal:
            if refusal.run_id != run_id:
                return skipped(website_id, refusal.run_id, refusal.code)
        return self.run(website_id, run_id)

    def run(self, website_id: str, run_id: str) -> Summary:
        """Acquires a claimed run and reads as far as the time allows.

        Raises:
            OperatorError: Ours; the run stays as it is, so that a retry acquires it again.
        """
        try:
            lease, start = self.database.run(_begin, website_id, run_id, self.settings)
        except Refusal as refusal:
            return skipped(website_id, run_id, refusal.code)
        budget = TimeBudget(self.deadline, was_idle_before=lease.run.idle_invocations > 1)
        try:
            return self._sync(lease, start, budget)
        except FenceLost:
            logger.info("Another invocation has acquired the run")
            return skipped(website_id, run_id, "RUN_OVER")

    def _sync(self, lease: Lease, start: StartingPoint, budget: TimeBudget) -> Summary:
        if not lease.website.wanted:
            return self._finish(lease, "STOPPED")
        try:
            with open_shop(self.database, lease.website, self.settings, budget.for_the_shop, start.reader) as shop:
                return self._read(lease, start, shop, budget)
        except ShopError as error:
            if budget.excuses(error):
                return self._hand_over(lease)
            return self._fail(lease, error)

    def _read(self, lease: Lease, start: StartingPoint, shop: Shop, budget: TimeBudget) -> Summary:
        website, gaps, window = lease.website, start.gaps, self.settings.gap_window
        too_old = too_old_up_to(shop, website, start.cutoff)
        cursor = max(website.watermark, website.floor, too_old)
        while website.wanted:
            if not budget.allows_a_page():
                return self._hand_over(lease)
            page = shop.page(cursor, gaps)
            measure("ShopSeconds", shop.answer_seconds)
            converted = self._convert(page, start)
            store = self._store_step(lease, shop, converted, page.total, floor=too_old)
            if page.last and not start.has_more_to_ask:
                return self._report(self.database.run(_store_and_finish, store, window), "COMPLETED")
            lease, gaps = self.database.run(_store_and_find_gaps, store, window)
            website = lease.website
            # Not the watermark alone: an id that is too large for it must not be read again and again.
            cursor = max([cursor, website.watermark, *converted.certain_ids])
            if page.last:
                self._retry_quarantined(lease, start, shop, budget)
                if cursor and start.newest_id_check_is_due and not budget.has_stored and not page.orders:
                    self._check_start_over(lease, shop, cursor)
                return self._finish(lease, "COMPLETED")
            budget.has_stored = True
        return self._finish(lease, "STOPPED")

    def _convert(self, page: Page, start: StartingPoint) -> ConvertedPage:
        return convert_page(page, enrich=self.settings.enrich_customers, cutoff=start.cutoff)

    @staticmethod
    def _store_step(lease: Lease, shop: Shop, page: ConvertedPage, expected: int | None, floor: int = 0) -> Store:
        """Returns the step that stores a page."""
        return partial(
            store_page,
            lease=lease,
            page=page,
            expected=expected,
            floor=floor,
            method=shop.method,
            method_reason=shop.method_reason,
        )

    def _retry_quarantined(self, lease: Lease, start: StartingPoint, shop: Shop, budget: TimeBudget) -> None:
        """Retries quarantined orders after a page has succeeded: an order that fails now is itself at fault."""
        if start.to_retry and budget.suffices():
            page = shop.retry_quarantined(start.to_retry)
            self.database.run(self._store_step(lease, shop, self._convert(page, start), page.total))

    def _check_start_over(self, lease: Lease, shop: Shop, watermark: int) -> None:
        shop.check_start_over(
            watermark, lambda order_id: self.database.run(ledger.recorded_at, lease.website.id, order_id)
        )
        self.database.run(runs.record_newest_id_check, lease.run.id)

    def _finish(self, lease: Lease, status: leases.Ending) -> Summary:
        return self._report(self.database.run(leases.finish, lease, status, self.settings.gap_window), status)

    def _fail(self, lease: Lease, error: ShopError) -> Summary:
        return self._report(self.database.run(leases.fail, lease, error), "FAILED")

    def _report(self, run: Run, status: Status) -> Summary:
        report_end(self.database, run)
        return summary_of(run, status)

    def _hand_over(self, lease: Lease) -> Summary:
        run = self.database.run(leases.hand_over, lease)
        if run.invocations < MOST_INVOCATIONS:
            try:
                self.invoke_next(run.website_id, run.id)
            except InvocationRefused:
                logger.warning("The next invocation could not be started; the next fan-out sends the run again")
        return summary_of(run, "CONTINUED")


def _begin(transaction: Transaction, website_id: str, run_id: str, settings: Settings) -> tuple[Lease, StartingPoint]:
    website = leases.lock_website(transaction, website_id, run_id)
    progress = reading_progress.queue_progress(transaction, website, settings.gap_window, run_id)
    lease = leases.acquire(transaction, website, run_id, settings)
    return lease, starting_point(lease.website, progress(), settings, lease.run)


def _store_and_find_gaps(transaction: Transaction, store: Store, window: int) -> tuple[Lease, list[int]]:
    """Stores a page, and returns the lease with the ids that the next page asks for again."""
    lease = store(transaction)
    return lease, reading_progress.gaps(transaction, lease.website, window)


def _store_and_finish(transaction: Transaction, store: Store, window: int) -> Run:
    return leases.finish_verified(transaction, store(transaction), "COMPLETED", window)
