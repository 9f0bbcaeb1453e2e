"""Checks of what all websites share: functions, database, schedule, failure queue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from magento_sync.db import health, inspection, websites
from magento_sync.db.connection import diagnosis
from magento_sync.db.customer_rows import has_unique_email_index
from ops.doctor.check import Check, Finding, fail, ok, skipped, warn
from ops.failures import FailureQueue
from ops.migrate import missing
from ops.output import moment
from ops.sign_in import Visitor

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.inspection import Server
    from magento_sync.settings import Settings
    from ops.operator import Operator

LARGEST_SKEW_SECONDS = 60  # OAuth's timestamps are refused after some minutes
OVERDUE_MINUTES = 35  # two periods of the schedule, and its tolerance
UTC_NAMES = {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Universal"}


@dataclass(frozen=True)
class System:
    """What the checks look at."""

    operator: Operator

    @property
    def settings(self) -> Settings:
        """The settings of the functions, or the defaults."""
        return self.operator.target.settings_or_defaults

    @cached_property
    def visitor(self) -> Visitor:
        """Signs in at shops; one for all websites, so that no refused password is sent twice."""
        return Visitor(self.operator.database, self.settings)

    @cached_property
    def server(self) -> Server:
        """The database's server."""
        return self.operator.database.run(inspection.server)


def functions(system: System) -> Finding:
    """Checks that the stage is deployed, and reads its settings."""
    target = system.operator.target
    if not target.has_aws:
        return skipped("a plain database has no functions")
    settings = target.settings
    if settings.allow_insecure_shops and target.variables is None:
        return warn("AllowInsecureShops is on: shops may use http and private addresses", "Deploy with it off.")
    return ok(f"{target.site_sync} is deployed; at most {settings.max_running or 'any number of'} syncs at once")


def database(system: System) -> Finding:
    """Checks that the database can be reached; the error says why not."""
    server = system.server
    return ok(f"reachable, {server.connections} connections")


def migration(system: System) -> Finding:
    """Checks that our tables, columns and indexes are there."""
    lacking = system.operator.database.run(missing)
    if not lacking:
        return ok("applied")
    return fail(f"missing: {', '.join(lacking)}", "Apply it: python -m ops migrate apply")


def rights(system: System) -> Finding:
    """Checks the rights of the URL's user, and the types of the app's columns."""
    certain, _ = system.operator.database.run(_findings)
    if not certain:
        return ok("the database user has every right that is needed")
    return fail(" ".join(certain), "GRANT the right, or correct the type (docs/deploying.md lists the rights).")


def row_level_security(system: System) -> Finding:
    """Checks that row level security hides nothing."""
    system.operator.database.run(websites.check_visible)
    _, possible = system.operator.database.run(_findings)
    if not possible:
        return ok("does not apply to the database user")
    return warn(" ".join(possible), "Check that the policies show and accept all rows.")


def time_zone(system: System) -> Finding:
    """Checks the zone in which the app's own column defaults write times."""
    zone = system.server.time_zone
    if zone in UTC_NAMES:
        return ok(zone)
    return warn(
        f"the database's time zone is {zone}: a default such as that of createdAt stores local time, not UTC",
        "ALTER DATABASE … SET timezone TO 'UTC'; syncs themselves always write UTC.",
    )


def clock(system: System) -> Finding:
    """Compares the clocks of the database and of this machine."""
    skew = abs((system.server.now - datetime.now(UTC).replace(tzinfo=None)).total_seconds())
    if skew <= LARGEST_SKEW_SECONDS:
        return ok("agrees with this machine")
    return warn(f"differs from this machine by {skew:.0f} seconds", "Correct the clock (NTP) of whichever is wrong.")


def unique_index(system: System) -> Finding:
    """Checks what happens when somebody buys twice."""
    if system.operator.database.run(has_unique_email_index):
        return ok("one customer for each e-mail of a website; a second purchase is counted, not stored")
    return warn(
        "no unique index on (websiteId, email): who buys twice becomes two customers, and is mailed twice",
        "If that is not meant, restore @@unique([websiteId, email]) in the app's schema.prisma.",
    )


def connections(system: System) -> Finding:
    """Checks that all syncs at once fit into the database's connections."""
    server, most = system.server, system.settings.max_running
    left = server.most_connections - server.connections
    text = f"{server.connections} of {server.most_connections} in use, MaxRunning is {most or 'not limited'}"
    if 0 < most <= left:
        return ok(text)
    return warn(text, "Lower MaxRunning, raise max_connections, or use a pooler (RDS Proxy, PgBouncer).")


def stuck_runs(system: System) -> Finding:
    """Looks for runs that do not move."""
    domains = system.operator.database.run(inspection.stuck_runs)
    if not domains:
        return ok("no run is stalled")
    return fail(
        f"no sign of life for half an hour: {', '.join(domains)}",
        "The next fan-out closes these runs and starts new ones. If they stay, the schedule does not run.",
    )


def schedule(system: System) -> Finding:
    """Checks that due websites are started."""
    database = system.operator.database
    last = f"last scheduled sync: {moment(database.run(inspection.last_scheduled)) or 'never'}"
    minutes = database.run(health.websites).longest_overdue_minutes
    if minutes <= OVERDUE_MINUTES:
        return ok(last)
    return fail(
        f"a website has been due for {minutes} minutes and does not run; {last}",
        "Check that ScheduleState is ENABLED, the log of cron-fanout, MaxRunning, and `failures list`.",
    )


def failure_queue(system: System) -> Finding:
    """Checks that no event has failed after all retries."""
    if not system.operator.target.has_aws:
        return skipped("a plain database has no queue")
    waiting = FailureQueue(system.operator.target).count()
    if not waiting:
        return ok("empty")
    return fail(f"{waiting} events failed after all retries", "python -m ops failures list, then failures retry")


def _findings(transaction: Transaction) -> tuple[list[str], list[str]]:
    return diagnosis.findings(transaction)


SYSTEM_CHECKS = [
    Check("functions", functions),
    Check("database", database),
    Check("migration", migration, ("database",)),
    Check("rights", rights, ("migration",)),
    Check("row level security", row_level_security, ("rights",)),
    Check("time zone", time_zone, ("database",)),
    Check("clock", clock, ("database",)),
    Check("unique index", unique_index, ("migration",)),
    Check("connections", connections, ("database",)),
    Check("stalled runs", stuck_runs, ("rights",)),
    Check("schedule", schedule, ("rights",)),
    Check("failure queue", failure_queue),
]
