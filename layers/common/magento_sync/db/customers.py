"""Decides which orders become rows of the app's `Customer` table. We only insert, and set the status once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from magento_sync.db.customer_rows import check_accepts_rows, has_unique_email_index, insert
from magento_sync.db.json_parameters import json_rows
from magento_sync.db.outcomes import Outcome
from magento_sync.errors import RowRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_rows import Candidate


def store(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    """Inserts the candidates that are new customers, and returns each one's outcome by order id.

    The outcomes are those of storing the candidates one at a time, in the order of their ids. A value that the database
    refuses makes only its own order fail. The website's row must be locked: writers of its customers take turns.

    Raises:
        CustomerTableUnfit: The table refuses even a valid row.
    """
    outcomes = {one.order_id: Outcome.NO_EMAIL for one in candidates if one.email is None}
    mailable = sorted((one for one in candidates if one.email is not None), key=lambda one: one.order_id)
    if not mailable:
        return outcomes
    try:
        with transaction.savepoint():
            stored = _store_together(transaction, website_id, mailable)
    except RowRefused:
        stored = _store_singly(transaction, website_id, mailable)
    if Outcome.FAILED in stored.values() and Outcome.IMPORTED not in stored.values():
        check_accepts_rows(transaction, website_id)
    return outcomes | stored


def find(transaction: Transaction, website_id: str, email: str, bought: datetime | None) -> str | None:
    """Returns the id of the customer with that e-mail, in any case: of that purchase first, then the newest."""
    found: str | None = transaction.value(
        """
        SELECT {id} FROM {customer}
        WHERE {website_id} = %(website)s
            AND lower({email}) = ANY(ARRAY(SELECT lower(spelling) FROM unnest(%(spellings)s::text[]) AS spelling))
        ORDER BY {purchase_date} IS NOT DISTINCT FROM %(bought)s::timestamp DESC, {created_at} DESC, {id} DESC
        LIMIT 1
        """,
        {
            "website": website_id,
            "spellings": [spelling for _, spelling in _spellings(transaction, website_id, [email])],
            "bought": bought,
        },
    )
    return found


def _store_singly(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    for one in candidates:
        try:
            with transaction.savepoint():
                outcomes |= _store_together(transaction, website_id, [one])
        except RowRefused:
            outcomes[one.order_id] = Outcome.FAILED
    return outcomes


def _store_together(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    outcomes = _classify(
        transaction, website_id, candidates, has_unique_email_index=has_unique_email_index(transaction)
    )
    new = [one for one in candidates if outcomes[one.order_id] is Outcome.IMPORTED]
    refused = insert(transaction, website_id, new)
    if refused:
        # The app added an e-mail in the meantime, which is visible now; or an index of another form rejects it.
        stored = {one.order_id for one in new} - {one.order_id for one in refused}
        for one in candidates:
            if one.order_id not in stored:
                outcome = _classify(transaction, website_id, [one], has_unique_email_index=True)[one.order_id]
                outcomes[one.order_id] = Outcome.FAILED if outcome is Outcome.IMPORTED else outcome
    return outcomes


def _classify(
    transaction: Transaction, website_id: str, candidates: Sequence[Candidate], *, has_unique_email_index: bool
) -> dict[int, Outcome]:
    """Returns what storing the candidates one after another would make of each."""
    purchases = _purchases(transaction, website_id, [str(one.email) for one in candidates])
    outcomes: dict[int, Outcome] = {}
    for one in candidates:
        dates = purchases[str(one.email).lower()]
        if one.purchase_date in dates:
            outcomes[one.order_id] = Outcome.DUPLICATE
        elif dates and has_unique_email_index:
            outcomes[one.order_id] = Outcome.REPEAT_PURCHASE
        else:
            outcomes[one.order_id] = Outcome.IMPORTED
            dates.add(one.purchase_date)
    return outcomes


def _purchases(
    transaction: Transaction, website_id: str, emails: Sequence[str]
) -> defaultdict[str, set[datetime | None]]:
    """Returns the dates of the website's purchases by each e-mail in lower case."""
    spellings = _spellings(transaction, website_id, emails)
    rows = transaction.all(
        """
        SELECT incoming.mail, date_trunc('milliseconds', c.{purchase_date})::timestamp AS bought
        FROM json_to_recordset(%(spellings)s) AS incoming(mail text, spelling text)
        JOIN {customer} AS c ON c.{website_id} = %(website)s AND lower(c.{email}) = lower(incoming.spelling)
        """,
        {
            "website": website_id,
            "spellings": json_rows([{"mail": mail, "spelling": spelling} for mail, spelling in spellings]),
        },
    )
    purchases = defaultdict[str, set["datetime | None"]](set)
    for row in rows:
        purchases[row["mail"]].add(row["bought"])
    return purchases


def _spellings(transaction: Transaction, website_id: str, emails: Sequence[str]) -> list[tuple[str, str]]:
    """Returns pairs of an e-mail in lower case and a spelling of it that may be in the table.

    PostgreSQL's lower() follows the database's locale, and in the C locale it changes ASCII letters only. So Python
    compares e-mails with other letters, after reading those of the website, which is rarely needed. All other e-mails
    are compared by lower() alone, which has an index of ours.
    """
    spellings = {(email.lower(), email) for email in emails}
    if not all(email.isascii() for email in emails):
        wanted = {lower_case for lower_case, _ in spellings}
        query = "SELECT DISTINCT {email} AS email FROM {customer} WHERE {website_id} = %s AND {email} ~ '[^ -~]'"
        existing = [row["email"] for row in transaction.all(query, [website_id])]
        spellings |= {(email.lower(), email) for email in existing if email.lower() in wanted}
    return sorted(spellings)
