"""Faults of one website and of its shop, each made in the way it comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.shop import ORDERS, STORES, failures
from tests.support.ward import Fault, Ward

if TYPE_CHECKING:
    from collections.abc import Callable


def _no_parameter(ward: Ward) -> None:
    ward.system.ssm.delete_parameter(Name=f"{ward.system.settings.credentials_prefix}/{ward.website}")


def _in_columns(ward: Ward) -> None:
    _no_parameter(ward)
    ward.change(magentoBearerToken=ward.system.integration.access_token)


def _credentials(credentials: dict[str, str] | str) -> Callable[[Ward], None]:
    return lambda ward: ward.system.put_credentials(ward.website, credentials)


def _oauth_changed(ward: Ward) -> None:
    ward.system.put_credentials(ward.website, {**ward.system.integration.oauth, "accessTokenSecret": "x" * 32})


def _two_factor(ward: Ward) -> None:
    ward.system.shop.configure(two_factor=True)
    _credentials({"username": "admin", "password": "right-password"})(ward)


def _failing(failure: failures.Failure, *kinds: str) -> Callable[[Ward], None]:
    return lambda ward: ward.system.shop.failures.switch_on(failure, *kinds)  # type: ignore[arg-type]


def _shop_is_down(ward: Ward) -> None:
    ward.until_the_end.enter_context(ward.system.shop.refusing_connections())


def _no_tls(ward: Ward) -> None:
    ward.change(magentoApiUrl=ward.system.shop.address.replace("http:", "https:"))


def _without_emails(ward: Ward) -> None:
    ward.system.shop.failures.switch_on(failures.altered_orders(lambda order: order | {"customer_email": None}))


def _damaged(ward: Ward) -> None:
    ward.system.shop.failures.damage(ward.orders[-2])


def _newest_damaged(ward: Ward) -> None:
    ward.system.shop.failures.damage(ward.orders[-1])


def _last_run_failed(ward: Ward) -> None:
    _credentials("no JSON")(ward)
    ward.system.sync(ward.website)
    ward.system.put_credentials(ward.website, ward.system.integration.oauth)


def _quarantined(ward: Ward) -> None:
    _damaged(ward)
    ward.system.sync(ward.website)
    ward.system.shop.failures.heal()


def _all_known(ward: Ward) -> None:
    ward.system.sync(ward.website)
    ward.sql("""UPDATE "MagentoSyncOrder" SET "outcome" = 'repeat_purchase'""")


WEBSITE_FAULTS = [
    Fault(
        "the website does not exist", "website", "There is no website", lambda ward: ward.sql('DELETE FROM "Website"')
    ),
    Fault(
        "auto-upload is off", "website", "auto-upload is off", lambda ward: ward.change(magentoAutoUploadEnabled=False)
    ),
    Fault("the last sync failed", "last run", "failed: CREDENTIALS_UNREADABLE", _last_run_failed),
    Fault("orders are in quarantine", "quarantine", "ORDER_DAMAGED", _quarantined),
    Fault("there are no credentials", "parameter", "CREDENTIALS_MISSING", _no_parameter),
    Fault(
        "the credentials are not the JSON of one kind",
        "parameter",
        "CREDENTIALS_UNREADABLE",
        _credentials('{"token": "x"}'),
    ),
    Fault(
        "the credentials are still in the app's columns",
        "parameter",
        "credentials are in the app's columns",
        _in_columns,
    ),
    Fault("the address is missing", "address", "ADDRESS_MISSING", lambda ward: ward.change(magentoApiUrl=None)),
    Fault(
        "the address is unusable",
        "address",
        "ADDRESS_UNUSABLE",
        lambda ward: ward.change(magentoApiUrl="ftp://shop.example"),
    ),
    Fault("the shop has no valid TLS", "TLS", "its certificate is invalid, or TLS is off", _no_tls),
    Fault("the shop is down", "connection", "UNREACHABLE", _shop_is_down),
    Fault("the shop is in maintenance", "connection", "MAINTENANCE", _failing(failures.maintenance())),
    Fault("a firewall blocks us", "connection", "FIREWALL", _failing(failures.error_page(403))),
    Fault("the address redirects", "connection", "REDIRECTED", _failing(failures.redirect("https://other.example"))),
    Fault("there is no Magento at the address", "connection", "WRONG_ADDRESS", _failing(failures.error_page(404))),
    Fault("the Bearer token is refused", "sign-in", "BEARER_REFUSED", _credentials({"bearerToken": "x" * 32})),
    Fault("an OAuth value is wrong", "sign-in", "OAUTH_REFUSED", _oauth_changed),
    Fault(
        "the admin's password is wrong",
        "sign-in",
        "PASSWORD_REFUSED",
        _credentials({"username": "admin", "password": "wrong"}),
    ),
    Fault("the shop asks for a second factor", "sign-in", "TWO_FACTOR_REQUIRED", _two_factor),
    Fault(
        "the permission for store views is missing",
        "permission Magento_Backend::store",
        "PERMISSION_MISSING",
        lambda ward: ward.permit(ORDERS),
    ),
    Fault(
        "the permission for orders is missing",
        "permission Magento_Sales::actions_view",
        "PERMISSION_MISSING",
        lambda ward: ward.permit(STORES),
    ),
    Fault(
        "the domain matches no store view",
        "store match",
        "The shop has: lampen.example",
        lambda ward: ward.change(domain="other.example"),
    ),
    Fault(
        "orders cannot be read at all",
        "orders readable",
        "SHOP_ERROR",
        _failing(failures.internal_error(), "list", "order"),
    ),
    Fault(
        "the list of orders fails",
        "newest orders",
        "orders are read one by one",
        _failing(failures.internal_error(), "list"),
    ),
    Fault("an order near the newest is damaged", "newest orders", "cannot be read together", _damaged),
    Fault("the newest order is damaged", "newest orders", "cannot be read together", _newest_damaged),
    Fault(
        "the shop has no orders",
        "newest orders",
        "shows no order of store view 1",
        lambda ward: ward.system.shop.orders.reset(),
    ),
    Fault("orders have no e-mail", "e-mail addresses", "newest orders have no e-mail", _without_emails),
    Fault(
        "the app's table takes no rows",
        "outcomes",
        "accepts no row",
        lambda ward: ward.sql('ALTER TABLE "Customer" ADD COLUMN "required" TEXT NOT NULL'),
    ),
    Fault("the newest orders bring no new customer", "outcomes", "repeat purchase", _all_known),
    Fault(
        "the watermark is above the newest order",
        "watermark",
        "above the shop's newest order",
        lambda ward: ward.change(magentoLastEntityId=900000),
    ),
]
