"""The system on AWS: events arrive, late or twice; runs are interrupted; finally all is quiet."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from magento_sync.deadline import Deadline
from magento_sync.errors import InvocationRefused, Refusal
from magento_sync.runs.cancel import cancel_run
from magento_sync.runs.dispatch import RESERVE_SECONDS, dispatch
from magento_sync.sync.website_sync import Sync
from tests.support.deadlines import deadline_with
from tests.support.model.acts import Acts
from tests.support.model.watch import Died, Interruption
from tests.support.model.world import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.db.connection.database import Database
    from magento_sync.sync.result import Summary
    from tests.support.model.watch import Place

PLENTY = 900.0
LITTLE = 20.0
TIME_FOR_NO_PAUSE = Deadline(RESERVE_SECONDS, clock=lambda: 0.0)
EIGHT_DAYS = 8 * 24 * 60  # quarantined orders are tried again within a week
IN_MID_RUN = (
    *Acts.BY_THE_APP,
    "dies",
    "is acquired by another process",
    "is cancelled",
    "stalls",
    "has little time",
    "order arrives",
    "order commits late",
)
INTERRUPTIONS: dict[str, Any] = {
    "point": st.integers(0, 40),
    "what": st.sampled_from([None, *IN_MID_RUN, "dies", "dies", "is acquired by another process"]),
    "m": st.integers(0, 11),
    "refusing": st.sampled_from([False, False, True]),
}


@dataclass
class Functions:
    """The functions on AWS.

    Attributes:
        acts: The acts of shop, app and owner.
        events: Every event sent to `site_sync`: website and run.
        direct: Calls of `site_sync` without a run: website, and the new run.
        refusing: Whether AWS refuses to start functions.
        seconds: The time that the current run has.
    """

    acts: Acts
    events: list[tuple[str, str]] = field(default_factory=list)
    direct: list[tuple[str, str]] = field(default_factory=list)
    refusing: bool = False
    seconds: float = PLENTY

    def __post_init__(self) -> None:
        self.world = self.acts.world
        self.database, self.other = self.world.database, self.world.other

    def deliver(self, website_id: str, run_id: str, database: Database | None = None) -> Summary:
        """Delivers an event, as Lambda does."""
        return self._syncer(database).run(website_id, run_id)

    def call(self, website_id: str, run_id: str) -> Summary:
        """Calls `site_sync` with a website only."""
        return self._syncer().claim_and_run(website_id, run_id)

    def fan_out(self, *, refused: bool = False, places: int = 50, database: Database | None = None) -> None:
        """Ticks the schedule once; no run ends while it works."""
        self.refusing = refused
        settings = replace(self.world.system.settings, max_running=places)
        dispatch(database or self.database, settings, self._start, TIME_FOR_NO_PAUSE)

    def cancel(self, run_id: str, database: Database | None = None) -> None:
        """Cancels a run; a finished run does not change."""
        with suppress(Refusal):
            (database or self.database).run(cancel_run, run_id)

    @contextmanager
    def interrupted(self, seconds: float, *, point: int, what: str | None, m: int, refusing: bool) -> Iterator[None]:
        """Lets something happen at a point of the run in the block."""
        self.seconds, self.refusing = seconds, refusing
        if what is not None:
            self.database.interruption = Interruption(point, lambda place: self._interrupt(what, place, point, m))
        self.world.under_way = True
        try:
            yield
        except Died:
            pass
        finally:
            self.database.interruption = None
            self.world.under_way = False
            self.seconds, self.refusing = PLENTY, False

    def be_quiet(self) -> None:
        """Ends all outages and waits, and ticks the schedule until no website is due."""
        self.world.system.shop.failures.switch_off()
        self.world.pass_time(EIGHT_DAYS)
        self.world.observe()
        self.world.troubled = False
        dispatch(
            self.database, self.world.system.settings, self._start_at_once, Deadline.after(100.0), _nothing_comes_free
        )
        self.world.observe()
        self.check_all_is_handled()
        text = self.world.system.app.everything()
        assert "@" not in text
        assert "Zwaantje" not in text

    def check_all_is_handled(self) -> None:
        """Checks that no promised order was missed, and that no readable order is still in quarantine."""
        for website_id, plain in self.world.websites.items():
            if not plain.enabled:
                assert not {status for status, _ in plain.runs.values()} & LIVE
                continue
            row = self.world.system.app.website(website_id)
            assert (row["magentoAutoUploadStatus"], row["magentoSyncStatus"]) == ("STOPPED", "completed")
            assert max(plain.watermark, plain.floor) >= plain.highest_shown, plain
            for order in self.world.orders.values():
                if order.store not in plain.stores:
                    continue
                if order.healthy:
                    assert order.id in plain.handled or order.id not in plain.promised, (order, plain)
                    assert plain.ledger.get(order.id) != "failed", (order, plain)
                if order.id > plain.floor:
                    assert order.id in plain.ledger, (order, plain)

    def _syncer(self, database: Database | None = None) -> Sync:
        return Sync(
            database or self.database, self.world.system.settings, deadline_with(lambda: self.seconds), self._go_on
        )

    def _go_on(self, website_id: str, run_id: str) -> None:
        self._start(website_id=website_id, run_id=run_id)

    def _start(self, *, website_id: str, run_id: str, trigger: str = "") -> None:  # noqa: ARG002 - the form of `start`
        if self.refusing:
            raise InvocationRefused
        self.events.append((website_id, run_id))

    def _start_at_once(self, *, website_id: str, run_id: str, trigger: str) -> None:  # noqa: ARG002
        self.events.append((website_id, run_id))
        self.deliver(website_id, run_id)

    def _interrupt(self, what: str, place: Place, point: int, m: int) -> None:
        if what == "dies":
            raise Died
        if place == "within":
            # The row is locked now: any other writer would wait for this transaction.
            self.database.interruption = Interruption(0, lambda place: self._interrupt(what, place, point, m))
        elif what in Acts.BY_THE_APP:
            self.acts.app(what, m, point)
        elif what == "has little time":
            self.seconds = LITTLE
        elif what == "order arrives":
            self.acts.place(1 + m % 4, "a@b.nl" if m % 2 else "c@d.nl", None, (None, None))
        elif what == "order commits late":
            if self.world.open:
                self.world.show(self.world.open.pop(m % len(self.world.open)))
        else:
            self._take_away(what)

    def _take_away(self, what: str) -> None:
        live = [
            (website_id, run)
            for website_id, plain in self.world.websites.items()
            for run, (status, _) in plain.runs.items()
            if status in LIVE
        ]
        for website_id, run in live:
            if what == "is acquired by another process":
                self.deliver(website_id, run, self.other)
            elif what == "is cancelled":
                self.cancel(run, self.other)
        if what == "stalls":
            self.world.pass_time(31)
            try:
                self.fan_out(database=self.other)
            except InvocationRefused:
                assert self.refusing


def _nothing_comes_free(_seconds: float) -> None:
    raise AssertionError("websites are due, and nothing comes free")
