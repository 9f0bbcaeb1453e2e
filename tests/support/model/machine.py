"""Hypothesis' state machine: the rules of shop, app and system."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from magento_sync.db.cuid import new_cuid
from magento_sync.errors import InvocationRefused, Refusal
from magento_sync.runs import claims
from tests.support.model.acts import Acts
from tests.support.model.orders import DATES, EMAILS, NAMES, UNUSABLE_DATES, UNUSABLE_EMAILS
from tests.support.model.system import INTERRUPTIONS, Functions
from tests.support.model.world import DOMAINS, World

if TYPE_CHECKING:
    from collections.abc import Callable


tried: Counter[str] = Counter()

which = st.integers(0, 11)
seconds = st.sampled_from([900.0, 900.0, 20.0])
emails = st.sampled_from([*EMAILS, *list(EMAILS)[:5] * 3, *UNUSABLE_EMAILS])
dates = st.sampled_from([*DATES, *list(DATES)[:3] * 2, *UNUSABLE_DATES])
stores = st.sampled_from([1, 1, 1, 2, 3, 4, 6])
orders = st.tuples(stores, emails, dates, st.sampled_from(list(NAMES)))

OrderSaid = tuple[int, Any, str | None, tuple[Any, Any]]


class Machine(RuleBasedStateMachine):
    """A shop, an app and a system; `make` returns new ones.

    Rules choose things by a number, modulo their count.
    """

    make: ClassVar[Callable[[int], World]]

    @initialize(
        window=st.sampled_from([300, 300, 12, 5, 0]),
        domains=st.sets(st.sampled_from(sorted(DOMAINS)), min_size=1),
        first=st.lists(orders, max_size=9),
    )
    def begin(self, window: int, domains: set[str], first: list[OrderSaid]) -> None:
        self.world = type(self).make(window)
        self.acts = Acts(self.world)
        self.functions = Functions(self.acts)
        for domain in sorted(domains):
            self.world.add_website(domain)
        self.orders_arrive(first)

    # The shop.

    @rule(said=st.lists(orders, min_size=1, max_size=9))
    def orders_arrive(self, said: list[OrderSaid]) -> None:
        for order in said:
            self.acts.place(*order)

    @rule(what=st.sampled_from(["begins", "begins", "commits", "commits", "rolls back"]), said=orders, n=which)
    def checkout(self, what: str, said: OrderSaid, n: int) -> None:
        """Begins, commits or rolls back a checkout. The begin draws its id, perhaps after ids that stay gaps."""
        waiting = self.world.open
        if what == "begins":
            self.world.last_id += n % 3
            waiting.append(self.acts.draw(*said))
        elif waiting:
            order = waiting.pop(n % len(waiting))
            if what == "commits":
                self.world.show(order)

    @rule(what=st.sampled_from(["all", "list", "heals", "heals", "too large an id"]), n=st.integers(0, 60))
    def order_changes(self, what: str, n: int) -> None:
        if what == "too large an id":
            self.acts.place_beyond(n)
        elif what == "heals":
            self.acts.heal(n)
        elif self.world.orders:
            self.acts.damage(n, list_only=what == "list")

    @rule(
        kind=st.sampled_from([*Acts.OUTAGES, *["recovers"] * 4]),
        after=st.integers(0, 12),
        times=st.sampled_from([None, 1, 2, 3, 5]),
    )
    def shop_fails(self, kind: str, after: int, times: int | None) -> None:
        if kind == "recovers":
            self.world.system.shop.failures.switch_off()
        else:
            self.acts.fail(kind, after, times)

    # The app and its owner.

    @rule(what=st.sampled_from(Acts.BY_THE_APP), n=which, m=which)
    def app_acts(self, what: str, n: int, m: int) -> None:
        self.acts.app(what, n, m)

    @rule(what=st.sampled_from(Acts.BY_THE_OWNER), n=which, m=st.integers(0, 60))
    def owner_acts(self, what: str, n: int, m: int) -> None:
        self.acts.owner(what, n, m)

    # The system.

    @rule(n=which, refused=st.sampled_from([False, False, False, True]))
    def button_is_pressed(self, n: int, refused: bool) -> None:  # noqa: FBT001
        """Claims a website and sends its event, for later delivery; or gives the claim back if AWS refuses."""
        website_id = self.acts.website(n)
        if website_id is None:
            return
        try:
            claim = self.world.system.database.run(claims.claim_website, website_id, trigger="manual")
        except Refusal:
            return
        if refused:
            self.world.system.database.run(claims.give_back, claim)
        else:
            self.functions.events.append((website_id, claim.run_id))

    @rule(refused=st.booleans(), places=st.sampled_from([0, 1, 50]))
    def schedule_ticks(self, refused: bool, places: int) -> None:  # noqa: FBT001
        try:
            self.functions.fan_out(refused=refused, places=places)
        except InvocationRefused:
            assert refused

    @rule(n=which, seconds=seconds, **INTERRUPTIONS)
    def event_comes(self, n: int, seconds: float, **interruption: Any) -> None:  # noqa: ANN401
        """Delivers any event that was ever sent: it may be late, or a duplicate."""
        if self.functions.events:
            event = self.functions.events[-1 - n % len(self.functions.events)]
            self._run(partial(self.functions.deliver, *event), seconds, **interruption)

    @rule(n=which, seconds=seconds, again=st.booleans(), by_probing=st.booleans(), **INTERRUPTIONS)
    def direct_call(self, n: int, seconds: float, again: bool, by_probing: bool, **interruption: Any) -> None:  # noqa: ANN401, FBT001
        """Calls `site_sync` with a website only; a retry has the same run id."""
        website_id = self.acts.website(n)
        if website_id is None:
            return
        earlier = [one for one in self.functions.direct if one[0] == website_id] if again else []
        call = earlier[-1] if earlier else (website_id, new_cuid())
        self.functions.direct.append(call)
        if by_probing:
            self.acts.break_list()
        self._run(partial(self.functions.call, *call), seconds, **interruption)

    @rule(n=which, by_probing=st.booleans())
    def sync_in_peace(self, n: int, by_probing: bool) -> None:  # noqa: FBT001
        website_id = self.acts.website(n)
        if website_id is not None:
            if by_probing:
                self.acts.break_list()
            tried["runs"] += 1
            self.functions.call(website_id, new_cuid())

    @rule(n=which)
    def run_is_cancelled(self, n: int) -> None:
        live = [run for plain in self.world.websites.values() for run in plain.runs]
        if live:
            self.functions.cancel(live[-1 - n % len(live)])

    @rule(minutes=st.sampled_from([3, 31, 400, 3000, 11000]))
    def time_passes(self, minutes: int) -> None:
        self.world.pass_time(minutes)

    @rule()
    def all_is_quiet(self) -> None:
        self.functions.be_quiet()
        tried["quiet moments"] += 1

    @invariant()
    def tables_are_what_the_model_says(self) -> None:
        if hasattr(self, "world"):
            self.world.observe()
            tried["steps"] += 1

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.functions.be_quiet()
            tried["quiet moments"] += 1
            tried["sequences"] += 1
            tried["runs by probing"] += len(self.world.by_probing)
            tried["commits"] += sum(one.take_commits() for one in (self.world.database, self.world.other))

    def _run(self, run: Callable[[], object], seconds: float, **interruption: Any) -> None:  # noqa: ANN401
        tried["runs"] += 1
        with self.functions.interrupted(seconds, **interruption):
            run()
