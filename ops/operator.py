"""What every command needs: where it works, and the options that say so."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from magento_sync.db import websites
from magento_sync.errors import OperatorError
from ops import output, target
from ops.aws import use_account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website
    from ops.output import Answer
    from ops.target import Target

WHERE = "A deployed stage (--stage), the local stack (--local), or a plain database (DATABASE_URL)."


class NoSuchWebsite(OperatorError):
    """No website has that id or domain."""

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no website with the id or domain {given}. `python -m ops websites` lists them.")


@dataclass(frozen=True)
class Operator:
    """The target of a command, and its open database."""

    target: Target
    database: Database
    as_json: bool = False

    def website(self, given: str) -> Website:
        """Returns the website of that id, or else of that domain.

        Raises:
            NoSuchWebsite: There is none.
        """
        website = self.database.run(_find, given)
        if website is None:
            raise NoSuchWebsite(given)
        return website

    def chosen(self, given: str | None, *, every: bool) -> list[Website]:
        """Returns the website that was named, or all.

        Raises:
            UsageError: Neither or both were asked for.
        """
        if bool(given) == every:
            raise click.UsageError("Name a website by its id or domain, or give --all.")
        return self.database.run(websites.every) if given is None else [self.website(given)]


OPTIONS = (
    click.option("--stage", metavar="NAME", help="A deployed stage: the parameter Stage of its stack."),
    click.option("--stack", metavar="NAME", help="The stack's name, if it is not that of samconfig.toml."),
    click.option("--profile", metavar="NAME", help="The profile of the AWS CLI."),
    click.option("--region", metavar="NAME", help="The AWS region."),
    click.option("--local", is_flag=True, help="The local stack, while `make run` serves."),
    click.option(
        "--database-url",
        metavar="URL",
        envvar="DATABASE_URL",
        help="A database; with --stage, instead of the URL in SSM. Put a URL with a password into DATABASE_URL.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)
PLACE = ("stage", "stack", "profile", "region", "local", "database_url")


def on_target(command: Callable[..., Answer]) -> Callable[..., None]:
    """Gives a command the options of its target and `--json`, an `Operator`, and exit codes.

    0 is well, 1 something to repair, 2 wrong usage.
    """

    def wrapped(context: click.Context, *arguments: object, as_json: bool, **options: Any) -> None:  # noqa: ANN401
        place = {name: options.pop(name) for name in PLACE}
        _check_url(context, place["database_url"])
        try:
            with _operator(as_json=as_json, **place) as operator:
                answer = command(operator, *arguments, **options)
        except OperatorError as error:
            if not as_json:
                output.console(error=True).print(str(error))
                context.exit(output.TO_REPAIR)
            answer = output.Answer({"error": str(error)}, "", output.TO_REPAIR)
        output.show(answer, as_json=as_json)
        context.exit(answer.code)

    functools.update_wrapper(wrapped, command)
    for option in reversed(OPTIONS):
        option(wrapped)
    return click.pass_context(wrapped)


@contextmanager
def _operator(  # noqa: PLR0913 - the options
    *,
    as_json: bool,
    stage: str | None,
    stack: str | None,
    profile: str | None,
    region: str | None,
    local: bool,
    database_url: str | None,
) -> Iterator[Operator]:
    if local and stage:
        raise click.UsageError("Give --stage or --local, not both.")
    use_account(profile, region)
    if local:
        place = target.local()
    elif stage:
        place = target.deployed(stage, stack, database_url or None)
    elif database_url:
        place = target.plain(database_url)
    else:
        raise click.UsageError(f"Say where. {WHERE}")
    database = place.database()
    try:
        yield Operator(place, database, as_json)
    finally:
        database.close()


def _check_url(context: click.Context, url: str | None) -> None:
    """Refuses a password on the command line, which every user of the machine can read.

    Raises:
        UsageError: There is one.
    """
    if context.get_parameter_source("database_url") is not ParameterSource.COMMANDLINE or not url:
        return
    try:
        has_password = urlsplit(url).password is not None or "password=" in url
    except ValueError:
        has_password = True
    if has_password:
        raise click.UsageError("Put a URL with a password into DATABASE_URL: others can read a command line.")


def _find(transaction: Transaction, given: str) -> Website | None:
    return websites.find(transaction, given) or websites.find_by_domain(transaction, given)
