"""A system in which all is well, and faults to make in it, with what `doctor` says of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.db.cuid import new_cuid
from tests.support.operator_commands import Command

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from tests.support.system import System


@dataclass
class Ward:
    """The system in which a fault is made.

    Attributes:
        website: Its one website, with which all is well.
        url: The database's URL.
        until_the_end: Undoes what outlives the test's database.
    """

    system: System
    website: str
    url: str
    until_the_end: ExitStack
    ops: Command = field(default_factory=Command)

    def change(self, **columns: object) -> None:
        """Changes the website's row."""
        self.system.app.change_website(self.website, **columns)

    def use_database(self, url: str) -> None:
        """Changes the URL in SSM."""
        self.system.ssm.put_parameter(
            Name=self.system.settings.database_url_parameter, Value=url, Type="SecureString", Overwrite=True
        )

    def sql(self, statement: str) -> None:
        """Runs a statement in the database."""
        self.system.app.rows.execute(statement.encode())

    def limited(self) -> str:
        """Uses a database user that has the needed rights only, and returns its name."""
        role = f"role_{new_cuid()}"
        self.sql(
            f"""CREATE ROLE {role} LOGIN;
            GRANT SELECT, UPDATE ON "Website" TO {role}; GRANT SELECT, INSERT ON "Customer" TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON "MagentoSyncRun", "MagentoSyncOrder" TO {role}"""
        )
        self.until_the_end.callback(self.sql, f"DROP OWNED BY {role}; DROP ROLE {role}")
        self.use_database(self.url.replace("postgres@", f"{role}@"))
        return role

    def permit(self, permission: str) -> None:
        """Leaves the integration only this permission."""
        self.system.shop.access.change(self.system.integration.name, permissions=frozenset({permission}))

    @property
    def orders(self) -> list[int]:
        """The website's orders."""
        table = self.system.shop.orders
        return [one for one in table.ids if (table.get(one) or {}).get("store_id") == 1]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        title: As the table of docs/ops.md has it.
        check: The check that must find it.
        says: A part of the finding or of the cure.
        make: Makes it.
    """

    title: str
    check: str
    says: str
    make: Callable[[Ward], object]
