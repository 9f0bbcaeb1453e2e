"""The acts of the shop, the app and its owner, between runs or during a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from local.shop import failures
from tests.support.model.orders import LARGEST_ID, NOON, PlainOrder
from tests.support.model.website import Customer
from tests.support.model.world import DOMAINS, INDEX, LIVE, World, customer_of

MOST_DAMAGED = 8  # at a time; twenty count as a failure of the shop


@dataclass
class Acts:
    """Acts on a world."""

    world: World

    OUTAGES: ClassVar[dict[str, tuple[failures.Failure, tuple[Any, ...]]]] = {
        "down": (failures.maintenance(), ()),
        "reset": (failures.reset(), ()),
        "500": (failures.internal_error(), ()),
        "no order alone": (failures.internal_error(), ("order",)),
        "busy": (failures.error_page(429), ()),
        "cut off": (failures.cut_off(framed=True), ("list",)),
    }
    BY_THE_APP: ClassVar[tuple[str, ...]] = (
        "customer is deleted",
        "customer is added",
        "customer is mailed",
        "website is deleted",
        "website is switched",
        "websites are freed by hand",
    )
    BY_THE_OWNER: ClassVar[tuple[str, ...]] = (
        "website is added",
        "website is added that an earlier system has synced",
        "index is dropped or made again",
        "watermark is set",
    )

    # The shop.

    def draw(self, store: int, email: Any, created: str | None, names: tuple[Any, Any]) -> PlainOrder:  # noqa: ANN401
        """Returns an order with the next id."""
        self.world.last_id += 1
        return PlainOrder(self.world.last_id, store, email, created, names)

    def place(self, *order: Any) -> None:  # noqa: ANN401
        """Adds an order to the shop."""
        self.world.show(self.draw(*order))

    def place_beyond(self, n: int) -> None:
        """Adds an order whose id is too large for the app's column, at most twice."""
        beyond = [one for one in self.world.orders if one > LARGEST_ID]
        if len(beyond) < 2:
            self.world.show(PlainOrder(LARGEST_ID + 1 + n + 100 * len(beyond), 1 + n % 4, "a@b.nl", None, (None, None)))

    def damage(self, n: int, *, list_only: bool) -> None:
        """Damages an order: it cannot be read in the list, or not at all."""
        damaged = [one for one in self.world.orders.values() if one.damage]
        order = list(self.world.orders.values())[-1 - n % len(self.world.orders)]
        if len(damaged) < MOST_DAMAGED and not order.damage:
            order.damage = "list" if list_only else "all"
            self.world.system.shop.failures.damage(order.id, list_only=list_only)

    def heal(self, n: int) -> None:
        """Repairs a damaged order, or an unusable value."""
        broken = [
            one for one in self.world.orders.values() if one.damage or one.says.unusable not in {None, "ID_TOO_LARGE"}
        ]
        if not broken:
            return
        order = broken[n % len(broken)]
        if order.damage:
            self.world.system.shop.failures.heal(order.id)
            order.damage = ""
        else:
            order.email, order.created = "e@f.nl", None
            self.world.system.shop.orders.commit(order.id, **order.columns)

    def fail(self, kind: str, after: int, times: int | None) -> None:
        """Makes the shop fail, for some requests or until it recovers."""
        self.world.troubled = True
        fault, on = self.OUTAGES[kind]
        self.world.system.shop.failures.switch_on(fault, *on, after=after, times=times)

    def break_list(self) -> None:
        """Breaks the order list until the shop recovers, so that runs probe."""
        self.world.system.shop.failures.switch_off()
        self.world.system.shop.failures.switch_on(failures.internal_error(), "list")

    def some_id(self, n: int) -> int:
        """Returns the id of an order that fits the app's column, or 0."""
        ids = [one for one in self.world.orders if one <= self.world.last_id]
        return ids[n % len(ids)] if ids else 0

    # The app and its owner.

    def website(self, n: int) -> str | None:
        """Returns a website's id, or None if there are no websites."""
        ids = list(self.world.websites)
        return ids[n % len(ids)] if ids else None

    def app(self, what: str, n: int, m: int) -> None:
        """Changes a website or one of its customers, as the app does."""
        website_id = self.website(n)
        if website_id is None:
            return
        if what == "website is deleted":
            self.world.delete_website(website_id)
        elif what == "website is switched":
            plain = self.world.websites[website_id]
            plain.enabled = not plain.enabled
            self.world.system.app.change_website(website_id, magentoAutoUploadEnabled=plain.enabled)
        elif what == "websites are freed by hand":
            self._free(forgotten=m % 3 > 0)
        elif what == "customer is added":
            self._add_customer(website_id, ["a@b.nl", "C@d.nl", "new@c.nl"][m % 3], mailed=m % 2 == 1)
        else:
            self._change_customer(website_id, m, mailed=what == "customer is mailed")

    def owner(self, what: str, n: int, m: int) -> None:
        """Makes one of the owner's rare changes."""
        if what == "index is dropped or made again":
            self._toggle_index()
        elif what == "watermark is set":
            self._set_watermark(n, m)
        else:
            domain = sorted(DOMAINS)[n % len(DOMAINS)]
            if all(one.stores != DOMAINS[domain] for one in self.world.websites.values()):
                self.world.add_website(domain, 0 if what == "website is added" else self.some_id(m))

    def _free(self, *, forgotten: bool) -> None:
        """Resets the status of websites that a run holds, and optionally their run id."""
        columns = {"magentoSyncRunId": None} if forgotten else {}
        for website_id, plain in self.world.websites.items():
            live = {run for run, (status, _) in plain.runs.items() if status in LIVE}
            if live:
                plain.let_go |= live
                self.world.system.app.change_website(website_id, magentoAutoUploadStatus="STOPPED", **columns)
        self.world.observe()

    def _toggle_index(self) -> None:
        """Drops the unique index, or creates it again if the rows allow it."""
        world, rows = self.world, self.world.system.app.rows
        emails = [
            (one, customer.email) for one, plain in world.websites.items() for customer in plain.customers.elements()
        ]
        if world.index:
            rows.execute(f"DROP INDEX {INDEX}".encode())
        elif len(emails) == len(set(emails)):
            rows.execute(f'CREATE UNIQUE INDEX {INDEX} ON "Customer" ("websiteId", "email")'.encode())
        else:
            return
        world.index = not world.index

    def _set_watermark(self, n: int, m: int) -> None:
        """Sets the watermark to an order's id, or to NULL."""
        website_id = self.website(n)
        if website_id is not None:
            watermark = 0 if m % 10 == 0 else self.some_id(m)
            self.world.system.app.change_website(website_id, magentoLastEntityId=watermark or None)
            self.world.websites[website_id].set_watermark(watermark)

    def _add_customer(self, website_id: str, email: str, *, mailed: bool) -> None:
        plain = self.world.websites[website_id]
        if not self.world.index or all(one.email != email for one in plain.customers.elements()):
            status = "SENT" if mailed else "PENDING"
            self.world.system.app.add_customer(website_id, email, NOON, status)
            plain.customers[Customer(email, "By the app", NOON, status, None)] += 1

    def _change_customer(self, website_id: str, m: int, *, mailed: bool) -> None:
        rows = self.world.rows(website_id)
        if not rows:
            return
        row, plain = rows[m % len(rows)], self.world.websites[website_id]
        query = (
            """UPDATE "Customer" SET "status" = 'SENT' WHERE "id" = %s"""
            if mailed
            else 'DELETE FROM "Customer" WHERE "id" = %s'
        )
        self.world.system.app.rows.execute(query.encode(), [row["id"]])
        plain.customers -= Counter([customer_of(row)])
        if mailed:
            plain.customers[customer_of(row)._replace(status="SENT")] += 1
