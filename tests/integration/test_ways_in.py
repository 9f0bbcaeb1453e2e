"""Every way that Magento knows to let somebody in: right, wrong and limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import ORDERS, STORES
from magento_sync.magento import tokens
from magento_sync.parameters import forget_parameters

if TYPE_CHECKING:
    from tests.integration.system import System

WEBSITE = "mokken.example"
ADMIN = {"username": "admin", "password": "right-password"}


def credentials(system: System, kind: str) -> dict[str, str]:
    match kind:
        case "bearer":
            return {"bearerToken": system.integration.access_token}
        case "oauth":
            return system.integration.oauth
        case _:
            return ADMIN


def wrong(right: dict[str, str]) -> dict[str, str]:
    last = list(right)[-1]
    return {**right, last: "x" * 32}


def by(system: System, kind: str, *, right: bool = True, **columns: object) -> str:
    website = system.add_website(WEBSITE, **columns)
    given = credentials(system, kind)
    system.put_credentials(website, given if right else wrong(given))
    return website


@pytest.fixture(autouse=True)
def no_kept_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_kept", {})


@pytest.mark.parametrize("kind", ["bearer", "oauth", "admin"])
def test_the_right_ones_lead_in(system: System, kind: str) -> None:
    summary = system.sync(by(system, kind))

    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] > 0
    used = {one.auth for one in system.shop.requests if one.kind != "token"}
    assert used == {"oauth" if kind == "oauth" else "bearer"}


@pytest.mark.parametrize(
    ("kind", "code"), [("bearer", "BEARER_REFUSED"), ("oauth", "OAUTH_REFUSED"), ("admin", "PASSWORD_REFUSED")]
)
def test_wrong_ones_fail_with_what_to_check(system: System, kind: str, code: str) -> None:
    website = by(system, kind, right=False)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", code)
    row = system.app.website(website)
    assert row["magentoAutoUploadStatus"] == "ERROR"
    assert row["magentoSyncStatus"] == f"failed: {code}"
    assert len(system.shop.requests) <= 3
    assert "x" * 32 not in system.app.everything()


@pytest.mark.parametrize("kind", ["bearer", "oauth"])
@pytest.mark.parametrize(("granted", "missing"), [({STORES}, ORDERS), ({ORDERS}, STORES)])
def test_a_missing_permission_is_named(system: System, kind: str, granted: set[str], missing: str) -> None:
    system.shop.access.change("sync", permissions=frozenset(granted))

    summary = system.sync(by(system, kind))

    assert summary["errorCode"] == "PERMISSION_MISSING"
    assert missing in system.app.run(str(summary["runId"]))["errorMessage"]


def test_without_permission_for_stores_the_configured_one_is_read(system: System) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))

    summary = system.sync(by(system, "oauth", magentoStoreId="2"))

    assert summary["status"] == "COMPLETED"
    pages = [
        one.query for one in system.shop.requests if one.kind == "list" and one.query["searchCriteria[pageSize]"] != "1"
    ]
    assert {query["searchCriteria[filterGroups][1][filters][0][value]"] for query in pages} == {"2"}


def test_a_bearer_token_on_a_stock_shop_says_what_is_likely_the_matter(system: System) -> None:
    system.shop.set_up(bearer_allowed=False)

    summary = system.sync(by(system, "bearer"))

    assert summary["errorCode"] == "BEARER_REFUSED"
    assert "2.4.4" in system.app.run(str(summary["runId"]))["errorMessage"]


def test_every_request_is_signed_anew(system: System) -> None:
    system.sync(by(system, "oauth"))

    assert {one.status for one in system.shop.requests} == {200}, "the shop refuses a nonce that it has seen"
    assert len(system.shop.requests) > 2


@pytest.mark.parametrize("kind", ["bearer", "oauth"])
def test_after_a_401_the_parameter_is_read_afresh_once(system: System, kind: str) -> None:
    website = by(system, kind, right=False)
    assert system.sync(website)["status"] == "FAILED"  # the wrong ones are cached now
    system.put_credentials(website, credentials(system, kind))

    assert system.sync(website)["status"] == "COMPLETED"


def test_an_admin_s_token_is_kept_while_it_lives(system: System) -> None:
    website = by(system, "admin")

    system.sync(website)
    system.sync(website)

    assert [one.kind for one in system.shop.requests].count("token") == 1


def test_a_kept_token_that_died_is_worth_one_new_login(system: System) -> None:
    system.shop.set_up(admin_token_lifetime=3600)
    website = by(system, "admin")
    system.sync(website)
    (key, (_, expires)) = next(iter(tokens._kept.items()))  # noqa: SLF001 - as if the admin had been changed
    tokens._kept[key] = ("dead.token.here", expires)  # noqa: SLF001

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert [one.kind for one in system.shop.requests].count("token") == 2


def test_a_refused_password_is_not_tried_again_until_it_has_changed(system: System) -> None:
    website = by(system, "admin", right=False)
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    logins = [one.kind for one in system.shop.requests].count("token")

    again = system.sync(website)
    system.put_credentials(website, ADMIN)
    forget_parameters()  # five minutes pass
    changed = system.sync(website)

    assert logins == 1
    assert again["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert [one.kind for one in system.shop.requests].count("token") == 2
    assert changed["status"] == "COMPLETED"


def test_a_second_factor_is_told_apart(system: System) -> None:
    system.shop.set_up(two_factor=True)

    summary = system.sync(by(system, "admin"))

    assert summary["errorCode"] == "TWO_FACTOR_REQUIRED"


@pytest.mark.parametrize(
    "typed", ["{host}", "{host}/", "{host}/rest", "{host}/rest/V1", "{host}/index.php/rest/default/V1/", "{host}//"]
)
def test_however_the_address_is_typed(system: System, typed: str) -> None:
    website = by(system, "oauth", magentoApiUrl=typed.format(host=system.shop.address))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_in_a_folder(system: System) -> None:
    system.shop.set_up(folder="/winkel")
    website = by(system, "oauth", magentoApiUrl=system.shop.address + "/rest/V1")

    assert system.sync(website)["status"] == "COMPLETED"
