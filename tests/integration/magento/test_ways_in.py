"""Every way that Magento knows to let somebody in: right, wrong and limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import ORDERS, STORES
from local.shop.failures import InternalError, Maintenance, NotFound, PlainError, Reset, TooManyRequests
from magento_sync.aws.parameters import forget_parameters, secure_parameter
from magento_sync.magento.auth import token_cache
from magento_sync.magento.auth.credentials import credentials_of
from tests.support.shop_failures import PAUSES, SideEffect, count_refused, fixed_json
from tests.support.system import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.failures import Failure
    from local.shop.http.request import Kind
    from local.shop.settings import IntegrationState
    from magento_sync.magento.auth.credentials import Credentials
    from tests.support.system import System

WEBSITE = "mokken.example"
ALL_CUSTOMERS = 13  # those of the website's orders
ADMIN = {"username": "admin", "password": "right-password"}


def noting(asked: list[bool], real: Callable[..., Credentials]) -> Callable[..., Credentials]:
    """Notes whether credentials were asked for afresh."""

    def ask(*args: object, fresh: bool = False) -> Credentials:
        asked.append(fresh)
        return real(*args, fresh=fresh)

    return ask


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
    monkeypatch.setattr(token_cache, "_kept", {})


def all_right(_: System) -> None:
    pass


def permissions(*granted: str) -> Callable[[System], None]:
    def change(system: System) -> None:
        system.shop.access.change("sync", permissions=frozenset(granted))
        system.shop.access.admin_permissions = frozenset(granted)

    return change


def bearer_off(system: System) -> None:
    system.shop.configure(bearer_allowed=False)


def integration(state: IntegrationState) -> Callable[[System], None]:
    return lambda system: system.shop.access.change("sync", state=state)


def no_such_route(system: System) -> None:
    system.shop.failures.switch_on(NotFound())


def second_factor(system: System) -> None:
    system.shop.configure(two_factor=True)


def other_password(system: System) -> None:
    system.shop.tokens.set_password("admin", "changed")


# Every kind of credentials: how it stands at the shop, the run's code, and which permission it names.
WAYS_IN: list[tuple[str, Callable[[System], None], str | None, str | None]] = [
    ("bearer", all_right, None, None),
    ("bearer", integration("revoked"), "BEARER_REFUSED", None),
    ("bearer", integration("gone"), "BEARER_REFUSED", None),
    ("bearer", bearer_off, "BEARER_REFUSED", None),
    ("bearer", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("bearer", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("bearer", permissions(), "BEARER_REFUSED", None),
    ("oauth", all_right, None, None),
    ("oauth", bearer_off, None, None),
    ("oauth", integration("revoked"), "OAUTH_REFUSED", None),
    ("oauth", integration("gone"), "OAUTH_REFUSED", None),
    ("oauth", integration("inactive"), "CREDENTIALS_REFUSED", STORES),
    ("oauth", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("oauth", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("oauth", permissions(), "CREDENTIALS_REFUSED", STORES),
    ("admin", all_right, None, None),
    ("admin", bearer_off, None, None),
    ("admin", other_password, "PASSWORD_REFUSED", None),
    ("admin", no_such_route, "WRONG_ADDRESS", None),
    ("oauth", no_such_route, "WRONG_ADDRESS", None),
    ("admin", second_factor, "TWO_FACTOR_REQUIRED", None),
    ("admin", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("admin", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("admin", permissions(), "CREDENTIALS_REFUSED", STORES),
]


@pytest.mark.parametrize(("kind", "how", "code", "permission"), WAYS_IN)
def test_ways_in(
    system: System, kind: str, how: Callable[[System], None], code: str | None, permission: str | None
) -> None:
    website = by(system, kind)
    how(system)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED" if code else "COMPLETED", code)
    assert bool(summary["importedCustomers"]) == (code is None)
    assert {one.auth for one in system.shop.requests if one.kind != "token"} <= {
        "oauth" if kind == "oauth" else "bearer"
    }
    assert code is None or len(system.shop.requests) <= 5, "a shop that refuses us is left alone"
    row = system.app.website(website)
    assert row["magentoAutoUploadStatus"] == ("ERROR" if code else "STOPPED")
    assert row["magentoSyncStatus"] == (f"failed: {code}" if code else "completed")
    assert (permission or "") in (system.app.run(str(summary["runId"]))["errorMessage"] or "")
    # A token that could read the stores, but no orders, might have died: it is worth one new login.
    assert logins(system) == (0 if kind != "admin" else 2 if permission == ORDERS else 1)


@pytest.mark.parametrize(
    ("kind", "code"), [("bearer", "BEARER_REFUSED"), ("oauth", "OAUTH_REFUSED"), ("admin", "PASSWORD_REFUSED")]
)
def test_wrong_ones_are_told_nowhere(system: System, kind: str, code: str) -> None:
    website = by(system, kind, right=False)

    assert system.sync(website)["errorCode"] == code
    assert "x" * 32 not in system.app.everything()


def test_without_permission_for_stores_and_a_list_the_configured_one_is_probed(system: System) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))
    system.shop.failures.switch_on(InternalError(), "list")
    system.set(look_ahead=30)
    website = by(system, "oauth", magentoStoreId="1")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    assert summary["importedCustomers"] == ALL_CUSTOMERS


def test_without_permission_for_stores_the_configured_one_is_read(system: System) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))

    summary = system.sync(by(system, "oauth", magentoStoreId="2"))

    assert summary["status"] == "COMPLETED"
    pages = [
        one.query for one in system.shop.requests if one.kind == "list" and one.query["searchCriteria[pageSize]"] != "1"
    ]
    assert {query["searchCriteria[filterGroups][1][filters][0][value]"] for query in pages} == {"2"}


@pytest.mark.parametrize(("fault", "code", "most"), PAUSES)
@pytest.mark.usefixtures("without_pauses")
def test_a_pause_asked_for_where_the_configured_one_is_tried_is_kept(
    system: System, fault: Failure, code: str, most: int
) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))
    system.shop.failures.switch_on(fault, "list")

    assert system.sync(by(system, "oauth", magentoStoreId="2"))["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_a_bearer_token_on_a_stock_shop_says_what_is_likely_the_matter(system: System) -> None:
    bearer_off(system)

    summary = system.sync(by(system, "bearer"))

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
    system.shop.configure(admin_token_lifetime=3600)
    website = by(system, "admin")
    system.sync(website)
    (key, (_, expires)) = next(iter(token_cache._kept.items()))  # noqa: SLF001 - as if the admin had been changed
    token_cache._kept[key] = ("dead.token.here", expires)  # noqa: SLF001

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert [one.kind for one in system.shop.requests].count("token") == 2


def logins(system: System) -> int:
    return [one.kind for one in system.shop.requests].count("token")


def test_a_refused_password_is_not_tried_again_until_it_has_changed(system: System) -> None:
    website = by(system, "admin", right=False)
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    assert logins(system) == 1

    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 1

    system.put_credentials(website, ADMIN)
    forget_parameters()  # five minutes pass
    assert system.sync(website)["status"] == "COMPLETED"
    assert logins(system) == 2


def _pass_hours(system: System, hours: float) -> None:
    system.app.rows.execute(
        'UPDATE "MagentoSyncRun" SET "finishedAt" = "finishedAt" - make_interval(secs => %s)', [hours * 3600]
    )


def test_a_refused_password_is_tried_again_once_in_24_hours(system: System) -> None:
    website = by(system, "admin", right=False)
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"

    for attempts in (2, 3):
        _pass_hours(system, 23.9)
        assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
        _pass_hours(system, 0.2)
        assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
        assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
        assert logins(system) == attempts


def test_an_account_that_was_locked_recovers_after_24_hours(system: System) -> None:
    system.shop.tokens.set_password("admin", "locked")
    website = by(system, "admin")
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    system.shop.tokens.set_password("admin", ADMIN["password"])

    _pass_hours(system, 24.1)

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_password_refused_for_one_website_is_not_tried_for_another_of_that_shop(system: System) -> None:
    system.sync(by(system, "admin", right=False))
    other = system.add_website("lampen.example")
    system.put_credentials(other, wrong(ADMIN))

    assert system.sync(other)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 1


def test_a_password_refused_at_a_wrong_address_is_tried_at_the_right_one(system: System) -> None:
    system.shop.tokens.set_password("admin", "another shop's")
    website = by(system, "admin")
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    system.shop.tokens.set_password("admin", ADMIN["password"])
    system.app.change_website(website, magentoApiUrl=system.shop.address.replace("127.0.0.1", "localhost"))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_refused_password_that_has_changed_meanwhile_is_tried_once(system: System) -> None:
    website = by(system, "admin", right=False)
    secure_parameter(f"{PREFIX}/{website}")  # the wrong ones are cached now
    system.put_credentials(website, ADMIN)

    assert system.sync(website)["status"] == "COMPLETED"
    assert logins(system) == 2


def test_what_is_remembered_is_the_password_that_was_refused(system: System) -> None:
    """Not the one that stands in SSM by then: it would never be tried."""
    website = by(system, "admin", right=False)
    system.shop.failures.switch_on(
        SideEffect(lambda: system.put_credentials(website, {**ADMIN, "password": "y" * 32})), "token", times=1
    )
    system.shop.failures.switch_on(SideEffect(lambda: system.put_credentials(website, ADMIN)), "token", times=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    assert system.sync(website)["status"] == "COMPLETED"


def test_a_password_already_refused_is_named_so_and_the_new_refusal_remembered(system: System) -> None:
    website = by(system, "admin", right=False)
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    also_wrong = {**ADMIN, "password": "y" * 32}
    system.put_credentials(website, also_wrong)
    forget_parameters()
    system.shop.failures.switch_on(SideEffect(lambda: system.put_credentials(website, wrong(ADMIN))), "token", times=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    system.put_credentials(website, also_wrong)
    forget_parameters()
    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 2


@pytest.mark.parametrize("kind", ["list", "order"])
@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ("bearer", "oauth", bearer_off),
        ("oauth", "bearer", integration("inactive")),
        ("oauth", "admin", integration("gone")),
    ],
)
def test_credentials_that_are_replaced_in_mid_run(
    system: System, kind: Kind, first: str, second: str, how: Callable[[System], None]
) -> None:
    """At a page of the list, or while orders are read one by one over two connections."""
    website = by(system, first)
    system.set(look_ahead=30)
    if kind == "order":
        system.shop.failures.switch_on(InternalError(), "list")

    def replace() -> None:
        system.put_credentials(website, credentials(system, second))
        how(system)

    system.shop.failures.switch_on(SideEffect(replace), kind, times=1, after=1)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] == ALL_CUSTOMERS
    refused = [one for one in system.shop.requests if one.status == 401]
    assert 1 <= len(refused) <= (2 if kind == "order" else 1)


@pytest.mark.parametrize("kind", ["bearer", "oauth"])
def test_in_mid_run_too_ssm_is_asked_once(system: System, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    website = by(system, kind)
    system.shop.failures.switch_on(SideEffect(lambda: integration("gone")(system)), "list", times=1, after=1)
    asked: list[bool] = []
    monkeypatch.setattr("magento_sync.sync.shop_opening.credentials_of", noting(asked, credentials_of))

    assert system.sync(website)["status"] == "FAILED"
    assert asked == [False, True]


@pytest.mark.parametrize(("kind", "how"), [("bearer", bearer_off), ("oauth", integration("inactive"))])
def test_an_integration_switched_off_in_mid_run_is_no_missing_permission(
    system: System, kind: str, how: Callable[[System], None]
) -> None:
    website = by(system, kind)
    system.shop.failures.switch_on(SideEffect(lambda: how(system)), "list", times=1, after=1)

    assert system.sync(website)["errorCode"] == "CREDENTIALS_REFUSED"


def test_a_password_that_changes_in_mid_run(system: System) -> None:
    website = by(system, "admin")

    def change() -> None:
        other_password(system)
        system.shop.tokens._key = b"tokens die with the password"  # noqa: SLF001

    system.shop.failures.switch_on(SideEffect(change), "list", times=1, after=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 2
    system.put_credentials(website, {**ADMIN, "password": "changed"})
    assert system.sync(website)["status"] == "COMPLETED"


def test_a_token_that_dies_while_orders_are_read_one_by_one_costs_one_login(system: System) -> None:
    website = by(system, "admin")
    system.set(look_ahead=30)
    system.shop.failures.switch_on(InternalError(), "list")

    def forget() -> None:
        system.shop.tokens._key = b"the admin was changed"  # noqa: SLF001

    system.shop.failures.switch_on(SideEffect(forget), "order", times=1, after=5)

    assert system.sync(website)["importedCustomers"] == ALL_CUSTOMERS
    assert logins(system) == 2


@pytest.mark.parametrize("life", [60, 20])
def test_a_token_that_lives_shortly_serves_more_than_one_request(system: System, life: int) -> None:
    system.shop.configure(admin_token_lifetime=life)

    assert system.sync(by(system, "admin"))["status"] == "COMPLETED"

    assert logins(system) == 1


NO_TOKENS = {
    "lines": "a\nb",
    "letters": "l\u2019acc\u00e8s",
    "half a letter": "\ud83d",
    "spaces": "a b",
    "nothing": "",
    "a book": "x" * 8001,
    "a list": ["token"],
}


@pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS.keys())
def test_a_token_that_is_none_is_the_shop_s_failure(system: System, token: object) -> None:
    system.shop.failures.switch_on(fixed_json(200, token), "token")

    assert system.sync(by(system, "admin"))["errorCode"] == "ANSWER_UNUSABLE"

    assert len(system.shop.requests) == 1


@pytest.mark.parametrize(
    ("fault", "asked"), [(TooManyRequests("0"), 2), (Maintenance(), 2), (PlainError(502), 1), (Reset(), 1)]
)
def test_a_login_is_tried_again_only_where_the_password_was_not_looked_at(
    system: System, fault: Failure, asked: int
) -> None:
    system.shop.failures.switch_on(fault, "token", times=1)

    assert system.sync(by(system, "admin"))["status"] == ("COMPLETED" if asked > 1 else "FAILED")

    assert logins(system) == asked


@pytest.mark.parametrize("kind", ["list", "order"])
def test_a_login_that_fails_in_mid_run_is_no_order_s_fault(system: System, kind: Kind) -> None:
    website = by(system, "admin")
    system.set(look_ahead=30)
    if kind == "order":
        system.shop.failures.switch_on(InternalError(), "list")

    def forget() -> None:
        system.shop.tokens._key = b"the admin was changed"  # noqa: SLF001
        system.shop.failures.switch_on(PlainError(502), "token")

    system.shop.failures.switch_on(SideEffect(forget), kind, times=1, after=1)

    assert system.sync(website)["errorCode"] == "SHOP_ERROR"

    assert logins(system) <= 3
    assert "failed" not in system.app.ledger(website).values()


@pytest.mark.parametrize("after", [0, 1], ids=["at once", "in mid-run"])
@pytest.mark.parametrize(
    ("kind", "code"), [("bearer", "BEARER_REFUSED"), ("oauth", "OAUTH_REFUSED"), ("admin", "ADMIN_REFUSED")]
)
def test_a_refusal_that_names_no_permission_is_told_for_what_was_used(
    system: System, kind: str, code: str, after: int
) -> None:
    website = by(system, kind)
    refused: list[Kind] = ["list"] if after else ["stores", "list", "order"]
    system.shop.failures.switch_on(fixed_json(401, {"message": "Unauthorized"}), *refused, after=after)

    assert system.sync(website)["errorCode"] == code

    # Only a signature may be wrong because of what is signed.
    plain = [one for one in system.shop.requests if one.kind in {"stores", "list"} and "fields" not in one.query]
    assert bool(plain) == (kind == "oauth")


def test_an_access_token_of_the_wrong_length_is_no_bad_request(system: System) -> None:
    """The shop answers 400 (recording 54-oauth-short-token)."""
    website = system.add_website(WEBSITE)
    system.put_credentials(website, {**system.integration.oauth, "accessToken": "short"})
    assert system.sync(website)["errorCode"] == "OAUTH_REFUSED"
    system.put_credentials(website, system.integration.oauth)

    assert system.sync(website)["status"] == "COMPLETED", "what is cached is read afresh"


@pytest.mark.parametrize("granted", [{ORDERS, STORES}, {ORDERS}])
@pytest.mark.parametrize("characters", ["[],", "[]"])
def test_a_shop_that_mis_signs_is_read_in_plain_requests(system: System, characters: str, granted: set[str]) -> None:
    """Whether it stumbles over the store views' fields, or only over the orders' with their brackets."""
    system.shop.failures.missigned = characters
    permissions(*granted)(system)

    summary = system.sync(by(system, "oauth", magentoStoreId="1"))

    assert summary["status"] == "COMPLETED"
    assert summary["ordersFetched"] > 10
    assert [one.status for one in system.shop.requests].count(401) <= 3


def test_a_first_import_that_is_limited_is_read_in_plain_requests_too(system: System) -> None:
    system.shop.failures.missigned = "[]"
    system.set(first_import_days=36500)

    assert system.sync(by(system, "oauth"))["ordersFetched"] == 25


def test_a_signature_that_is_refused_in_plain_requests_too_is_told(system: System) -> None:
    system.shop.failures.missigned = "[]q"  # as in every list of orders

    summary = system.sync(by(system, "oauth"))

    assert summary["errorCode"] == "OAUTH_REFUSED"
    assert [one.kind for one in system.shop.requests].count("list") <= 2


@pytest.mark.parametrize(
    "typed", ["{host}", "{host}/", "{host}/rest", "{host}/rest/V1", "{host}/index.php/rest/default/V1/", "{host}//"]
)
def test_however_the_address_is_typed(system: System, typed: str) -> None:
    website = by(system, "oauth", magentoApiUrl=typed.format(host=system.shop.address))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_in_a_folder(system: System) -> None:
    system.shop.configure(folder="/winkel")
    website = by(system, "oauth", magentoApiUrl=system.shop.address + "/rest/V1")

    assert system.sync(website)["status"] == "COMPLETED"
