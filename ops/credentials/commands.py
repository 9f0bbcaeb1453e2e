"""`credentials set`, `check`, `import` and `load`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

import click

from magento_sync.db import credential_columns
from magento_sync.errors import OperatorError, ShopError, ShopNeedsPerson
from magento_sync.magento.auth.credentials import parse_credentials
from ops.credentials.bulk import parse_lines
from ops.credentials.move import Mover
from ops.credentials.store import CredentialsStore
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, WELL, Answer, table
from ops.sign_in import Visitor, kind_of
from ops.wording import english

if TYPE_CHECKING:
    from ops.credentials.bulk import Line

FORMS = """The JSON has one of three forms: {"consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"} of an
integration, {"bearerToken"}, or {"username", "password"} of an admin."""


class Unusable(OperatorError):
    """The shop does not take the credentials; nothing was changed."""


@click.group()
def credentials() -> None:
    """Check, store and move the credentials of shops. They are never shown."""


@credentials.command("set", epilog=FORMS)
@click.argument("website")
@on_target
def set_(operator: Operator, website: str) -> Answer:
    """Store the credentials of WEBSITE (an id or a domain) from standard input, after a sign-in has succeeded."""
    store = _store(operator)
    chosen = operator.website(website)
    text = click.prompt("Credentials as JSON", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()
    try:
        given = parse_credentials(text, "standard input")
        Visitor(operator.database, operator.target.settings_or_defaults).check(chosen, given)
    except ShopError as error:
        raise Unusable(f"Nothing was stored. {error.code}: {english(error)}") from None
    store.write(chosen.id, given)
    store.verify(chosen.id, given)
    data = {"websiteId": chosen.id, "parameter": store.name(chosen.id), "kind": kind_of(given)}
    return Answer(
        data, f"Signed in at the shop of {chosen.domain}, and stored {kind_of(given)} in {data['parameter']}."
    )


@credentials.command()
@click.argument("website")
@on_target
def check(operator: Operator, website: str) -> Answer:
    """Sign in at the shop of WEBSITE (an id or a domain) with its stored credentials."""
    chosen = operator.website(website)
    data = {"websiteId": chosen.id, "kind": None, "code": None}
    try:
        used = CredentialsStore(operator.target).used_by(chosen)
        data["kind"] = kind_of(used)
        Visitor(operator.database, operator.target.settings_or_defaults).check(chosen, used)
    except ShopError as error:
        return Answer(data | {"code": error.code}, f"{error.code}: {english(error)}", TO_REPAIR)
    return Answer(data, f"The shop of {chosen.domain} accepts {kind_of(used)}, and shows its orders.")


@credentials.command("import")
@click.argument("website", required=False)
@click.option("--all", "every", is_flag=True, help="All websites whose columns hold credentials.")
@click.option("--dry-run", is_flag=True, help="Sign in, and say what would be moved; change nothing.")
@on_target
def import_(operator: Operator, website: str | None, *, every: bool, dry_run: bool) -> Answer:
    """Move credentials from the app's columns of WEBSITE into SSM, and clear the columns.

    A website is moved only after a sign-in has succeeded and SSM has returned the same credentials. The command can be
    interrupted and repeated.
    """
    store = _store(operator)
    chosen = {one.id for one in operator.chosen(website, every=every)}
    holders = [one for one in operator.database.run(credential_columns.holders) if one.id in chosen]
    mover = Mover(operator.database, Visitor(operator.database, operator.target.settings_or_defaults), store, dry_run)
    moves = [mover.move(one) for one in holders]
    if not moves:
        return Answer([], "No column holds credentials.")
    rows = [[move.domain, move.website_id, move.kind, move.result, move.reason] for move in moves]
    code = TO_REPAIR if any(move.result == "kept" for move in moves) else WELL
    return Answer(moves, table(("Domain", "Website", "Credentials", "Result", "What to do"), rows), code)


@credentials.command(epilog=FORMS)
@click.argument("file", type=click.File(encoding="utf-8"))
@on_target
def load(operator: Operator, file: TextIO) -> Answer:
    """Store the credentials of many websites from FILE (- is standard input), each after a sign-in has succeeded.

    FILE is CSV with a heading, or JSON lines; `website` is an id or a domain.
    """
    store = _store(operator)
    visitor = Visitor(operator.database, operator.target.settings_or_defaults)
    results = [_load(operator, visitor, store, line) for line in parse_lines(file.read())]
    rows = [[str(result["line"]), result["website"], result["result"]] for result in results]
    code = WELL if all(result["code"] is None for result in results) else TO_REPAIR
    return Answer(results, table(("Line", "Website", "Result"), rows), code)


def _load(operator: Operator, visitor: Visitor, store: CredentialsStore, line: Line) -> dict[str, str | int | None]:
    result: dict[str, str | int | None] = {"line": line.number, "website": line.website, "code": None}
    try:
        website = operator.website(line.website)
        if line.credentials is None:
            raise line.error or ShopNeedsPerson("CREDENTIALS_UNREADABLE", {"parameter": f"line {line.number}"})
        visitor.check(website, line.credentials)
        store.write(website.id, line.credentials)
        store.verify(website.id, line.credentials)
    except ShopError as error:
        return result | {"code": error.code, "result": f"not stored: {english(error)}"}
    except OperatorError as error:
        return result | {"code": type(error).__name__, "result": f"not stored: {error}"}
    return result | {"result": "stored"}


def _store(operator: Operator) -> CredentialsStore:
    if not operator.target.has_aws:
        raise click.UsageError("Credentials are stored in SSM: give --stage or --local.")
    return CredentialsStore(operator.target)
