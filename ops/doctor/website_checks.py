"""Checks of one website: its row, its shop step by step, its orders and its runs."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from magento_sync.db.ledger import list_quarantined
from magento_sync.messages import sentence
from ops.doctor.check import Check, Finding, fail, ok, skipped, warn
from ops.sign_in import kind_of
from ops.wording import english

if TYPE_CHECKING:
    from magento_sync.errors import ShopError
    from ops.doctor.patient import Patient

MOST_DELETED = 300  # so many of the newest orders may be deleted before the shop looks restored
NAMED_ORDERS = 5
SIGN_IN = {
    "CREDENTIALS_REFUSED",
    "BEARER_REFUSED",
    "OAUTH_REFUSED",
    "ADMIN_REFUSED",
    "PASSWORD_REFUSED",
    "TWO_FACTOR_REQUIRED",
    "PASSWORD_NOT_CHANGED",
}
STORES = {"NO_MATCHING_STORE", "DOMAIN_UNUSABLE", "STORE_ID_UNUSABLE"}


def website(patient: Patient) -> Finding:
    """Checks that the website exists and is to be synced."""
    one = patient.website
    if one.auto_upload:
        return ok(f"{one.domain}, auto-upload is on, interval {one.interval} min")
    return warn(f"{one.domain}: auto-upload is off, so that no sync starts", "Turn magentoAutoUploadEnabled on.")


def parameter(patient: Patient) -> Finding:
    """Checks that the credentials are where they belong, without showing them."""
    if not patient.system.operator.target.has_aws:
        return skipped("no stage was given: only the columns are read")
    name = patient.store.name(patient.website.id)
    if patient.store.read(patient.website.id) is not None:
        return ok(f"{name} is present")
    kind_of(patient.credentials)
    return warn("the credentials are in the app's columns", "Move them: python -m ops credentials import")


def credentials(patient: Patient) -> Finding:
    """Names the kind of credentials."""
    return ok(kind_of(patient.credentials))


def address(patient: Patient) -> Finding:
    """Checks the form of the address."""
    return ok(patient.address.base)


def shop_step(patient: Patient, *, step: str) -> Finding:
    """Says whether the visit of the shop failed in this step; the steps before it succeeded."""
    error = patient.visit.error
    if error is not None and _step_of(error, found_stores=bool(patient.visit.stores)) == step:
        return fail(error.code, english(error))
    return ok(_in_order(patient, step))


def orders(patient: Patient) -> Finding:
    """Checks that orders can be read."""
    if patient.visit.page_error is not None and patient.visit.one_by_one:
        return warn(
            f"the shop's order list is unusable ({patient.visit.page_error.code}): orders are read one by one",
            "Syncs work, but slowly. See Magento's log: an extension breaks the list of orders.",
        )
    if patient.visit.page_error is not None:
        return warn(
            f"the newest orders cannot be read together: {patient.visit.page_error.code}",
            "One of them is damaged: a sync reads around it and puts it into quarantine. See Magento's log.",
        )
    if not patient.newest:
        stores = ", ".join(map(str, patient.visit.stores))
        return warn(f"the shop shows no order of store view {stores}", "Check the website's domain and magentoStoreId.")
    return ok(f"the newest is {patient.newest_id}")


def emails(patient: Patient) -> Finding:
    """Counts the newest orders from which a customer can come."""
    total = len(patient.converted.candidates)
    without = sum(one.email is None for one in patient.converted.candidates)
    text = f"{without} of the {total} newest orders have no e-mail"
    if not total or without < total:
        return ok(text)
    return fail(text, "No customer can come of them. Check why the shop stores orders without an e-mail.")


def outcomes(patient: Patient) -> Finding:
    """Counts what became of the newest orders, or would become of them now."""
    counts = patient.outcomes
    text = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.most_common()) or "no orders"
    if counts["failed"]:
        return warn(text, "See `quarantine list`; an order that is new fails only once it is synced.")
    if counts and not counts["imported"]:
        return warn(text, "No new customer comes of the newest orders; docs/operations.md explains each outcome.")
    return ok(text)


def watermark(patient: Patient) -> Finding:
    """Compares the watermark with the shop's newest order."""
    newest, mark = patient.newest_id, max(patient.website.watermark, patient.website.floor)
    if mark <= newest:
        return ok(f"watermark {mark}, newest order {newest}")
    if mark - newest <= MOST_DELETED and newest:
        return ok(
            f"watermark {mark}, newest order {newest}: the orders between them were deleted, or are of other stores"
        )
    return fail(
        f"the watermark {mark} is above the shop's newest order {newest}, so that no order is ever new",
        "If the shop started over, see SHOP_RESET in docs/operations.md; otherwise: python -m ops watermark set",
    )


def last_run(patient: Patient) -> Finding:
    """Looks at the newest run."""
    run = patient.run
    if run is None:
        return ok("none yet")
    if run.error_code is None:
        return ok(f"{run.status.lower()}, {run.counts.orders_fetched} orders, {run.counts.imported} new customers")
    cure = sentence(run.error_code, "en", {"permission": "unknown", **run.error_parameters})
    return fail(f"{run.status.lower()}: {run.error_code}", cure)


def quarantine(patient: Patient) -> Finding:
    """Counts the orders in quarantine."""
    count = patient.state.quarantined
    if not count:
        return ok("empty")
    some = patient.system.operator.database.run(list_quarantined, patient.website.id, NAMED_ORDERS)
    named = ", ".join(f"{one.order_id} ({one.reason})" for one in some)
    return warn(
        f"holds {count} of its orders, such as {named}",
        "docs/operations.md explains each reason; then `quarantine retry`.",
    )


def _step_of(error: ShopError, *, found_stores: bool) -> str:
    """Returns the check to which a shop's failure belongs."""
    if error.code == "TLS":
        return "TLS"
    if error.code in SIGN_IN:
        return "sign-in"
    if error.code in STORES:
        return "store match"
    if error.code == "PERMISSION_MISSING":
        return f"permission {error.parameters['permission']}"
    return "orders readable" if found_stores else "connection"


def _in_order(patient: Patient, step: str) -> str:
    if step == "store match":
        return f"{patient.website.domain} is store view {', '.join(map(str, patient.visit.stores))}"
    if step == "TLS" and patient.address.base.startswith("http:"):
        return "not used: the address begins with http"
    return "in order"


STORES_PERMISSION = "permission Magento_Backend::store"
ORDERS_PERMISSION = "permission Magento_Sales::actions_view"
SHOP_STEPS = ["TLS", "connection", "sign-in", STORES_PERMISSION, "store match", ORDERS_PERMISSION, "orders readable"]
READ = (SHOP_STEPS[-1],)

WEBSITE_CHECKS = [
    Check("website", website),
    Check("last run", last_run, ("website",)),
    Check("quarantine", quarantine, ("website",)),
    Check("parameter", parameter, ("website",)),
    Check("credentials", credentials, ("website", "parameter")),
    Check("address", address, ("website",)),
    Check(SHOP_STEPS[0], partial(shop_step, step=SHOP_STEPS[0]), ("credentials", "address")),
    *(Check(step, partial(shop_step, step=step), (before,)) for before, step in pairwise(SHOP_STEPS)),
    Check("newest orders", orders, READ),
    Check("e-mail addresses", emails, READ),
    Check("outcomes", outcomes, READ),
    Check("watermark", watermark, READ),
]
