"""Getting into a shop: each kind of credentials, right, wrong and limited, and each form of its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import ORDERS, STORES, failures
from magento_sync.aws.parameters import forget_parameters, secure_parameter
from magento_sync.magento.auth import token_cache
from magento_sync.messages import sentence
from magento_sync.sync.credentials import credentials_of
from tests.support.shop_failures import PAUSES, count_refused, fixed_json, side_effect
from tests.support.system import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.failures import Failure
    from local.shop.http.request import Kind
    from local.shop.settings import IntegrationState
    from magento_sync.magento.auth.credentials import Credentials
    from tests.support.system import System

WEBSITE = "mokken.example"
ALL_CUSTOMERS = 13  # of the website's orders
ADMIN = {"username": "admin", "password": "right-password"}


def noting(asked: list[bool], real: Callable[..., Credentials]) -> Callable[..., Credentials]:
    """Returns a source of credentials that notes whether they were asked for afresh."""

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


def website_with(system: System, kind: str, *, right: bool = True, **columns: object) -> str:
    """Returns a website with credentials of that kind."""
    website = system.add_website(WEBSITE, **columns)
    given = credentials(system, kind)
    system.put_credentials(website, given if right else wrong(given))
    return website


@pytest.fixture(autouse=True)
def no_kept_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "_kept", {})


def unchanged(_: System) -> None:
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
    system.shop.failures.switch_on(failures.not_found())


def second_factor(system: System) -> None:
    system.shop.configure(two_factor=True)


def other_password(system: System) -> None:
    system.shop.tokens.set_password("admin", "changed")


CASES: list[tuple[str, Callable[[System], None], str | None, str | None]] = [
    ("bearer", unchanged, None, None),
    ("bearer", integration("revoked"), "BEARER_REFUSED", None),
    ("bearer", integration("gone"), "BEARER_REFUSED", None),
    ("bearer", bearer_off, "BEARER_REFUSED", None),
    ("bearer", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("bearer", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("bearer", permissions(), "BEARER_REFUSED", None),
    ("oauth", unchanged, None, None),
    ("oauth", bearer_off, None, None),
    ("oauth", integration("revoked"), "OAUTH_REFUSED", None),
    ("oauth", integration("gone"), "OAUTH_REFUSED", None),
    ("oauth", integration("inactive"), "CREDENTIALS_REFUSED", STORES),
    ("oauth", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("oauth", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("oauth", permissions(), "CREDENTIALS_REFUSED", STORES),
    ("admin", unchanged, None, None),
    ("admin", bearer_off, None, None),
    ("admin", other_password, "PASSWORD_REFUSED", None),
    ("admin", no_such_route, "WRONG_ADDRESS", None),
    ("oauth", no_such_route, "WRONG_ADDRESS", None),
    ("admin", second_factor, "TWO_FACTOR_REQUIRED", None),
    ("admin", permissions(STORES), "PERMISSION_MISSING", ORDERS),
    ("admin", permissions(ORDERS), "PERMISSION_MISSING", STORES),
    ("admin", permissions(), "ADMIN_REFUSED", None),
]
"""A kind of credentials, what changes at the shop, the run's code, and the permission that its message names."""


@pytest.mark.parametrize(("kind", "change", "code", "permission"), CASES)
def test_each_kind_of_credentials_is_accepted_or_refused_with_what_to_do(
    system: System, kind: str, change: Callable[[System], None], code: str | None, permission: str | None
) -> None:
    website = website_with(system, kind)
    change(system)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED" if code else "COMPLETED", code)
    assert bool(summary["importedCustomers"]) == (code is None)
    schemes = {request.auth for request in system.shop.requests if request.kind != "token"}
    assert schemes <= {"oauth" if kind == "oauth" else "bearer"}
    assert code is None or len(system.shop.requests) <= 7, "a shop that refuses us is left alone"
    row = system.app.website(website)
    assert row["magentoAutoUploadStatus"] == ("ERROR" if code else "STOPPED")
    assert row["magentoSyncStatus"] == (f"failed: {code}" if code else "completed")
    assert (permission or "") in (system.app.run(str(summary["runId"]))["errorMessage"] or "")
    # A token that could read the stores, but no orders, may have expired: the client logs in once more.
    assert logins(system) == (0 if kind != "admin" else 2 if permission == ORDERS else 1)


@pytest.mark.parametrize(
    ("kind", "code"), [("bearer", "BEARER_REFUSED"), ("oauth", "OAUTH_REFUSED"), ("admin", "PASSWORD_REFUSED")]
)
def test_refused_credentials_are_stored_nowhere(system: System, kind: str, code: str) -> None:
    website = website_with(system, kind, right=False)

    assert system.sync(website)["errorCode"] == code
    assert "x" * 32 not in system.app.everything()


def test_the_configured_store_is_read_by_id_without_permission_for_stores_and_without_a_list(system: System) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.set(look_ahead=30)
    website = website_with(system, "oauth", magentoStoreId="1")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    assert summary["importedCustomers"] == ALL_CUSTOMERS


def test_the_configured_store_is_read_without_permission_for_stores(system: System) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))

    summary = system.sync(website_with(system, "oauth", magentoStoreId="2"))

    assert summary["status"] == "COMPLETED"
    queries = [request.query for request in system.shop.requests if request.kind == "list"]
    pages = [query for query in queries if query["searchCriteria[pageSize]"] != "1"]
    assert {query["searchCriteria[filterGroups][1][filters][0][value]"] for query in pages} == {"2"}


@pytest.mark.parametrize(("failure", "code", "most"), PAUSES)
@pytest.mark.usefixtures("without_pauses")
def test_a_pause_asked_for_where_the_configured_store_is_tried_is_made(
    system: System, failure: Failure, code: str, most: int
) -> None:
    system.shop.access.change("sync", permissions=frozenset({ORDERS}))
    system.shop.failures.switch_on(failure, "list")

    assert system.sync(website_with(system, "oauth", magentoStoreId="2"))["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_a_refused_bearer_token_is_explained_by_the_likely_cause(system: System) -> None:
    bearer_off(system)

    summary = system.sync(website_with(system, "bearer"))

    assert "2.4.4" in system.app.run(str(summary["runId"]))["errorMessage"]


def test_each_request_is_signed_anew(system: System) -> None:
    system.sync(website_with(system, "oauth"))

    assert {request.status for request in system.shop.requests} == {200}, "the shop refuses a nonce that it has seen"
    assert len(system.shop.requests) > 2


@pytest.mark.parametrize("kind", ["bearer", "oauth"])
def test_after_a_401_the_credentials_are_read_afresh_once(system: System, kind: str) -> None:
    website = website_with(system, kind, right=False)
    assert system.sync(website)["status"] == "FAILED"  # the wrong credentials are cached now
    system.put_credentials(website, credentials(system, kind))

    assert system.sync(website)["status"] == "COMPLETED"


def test_an_admin_s_token_is_kept_while_it_is_valid(system: System) -> None:
    website = website_with(system, "admin")

    system.sync(website)
    system.sync(website)

    assert [request.kind for request in system.shop.requests].count("token") == 1


def test_a_kept_token_that_is_no_longer_valid_costs_one_new_login(system: System) -> None:
    system.shop.configure(admin_token_lifetime=3600)
    website = website_with(system, "admin")
    system.sync(website)
    (key, (_, expires)) = next(iter(token_cache._kept.items()))  # noqa: SLF001 - as if the admin had been changed
    token_cache._kept[key] = ("dead.token.here", expires)  # noqa: SLF001

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert [request.kind for request in system.shop.requests].count("token") == 2


def logins(system: System) -> int:
    return [request.kind for request in system.shop.requests].count("token")


def test_a_refused_password_is_not_tried_again_until_it_has_changed(system: System) -> None:
    website = website_with(system, "admin", right=False)
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
    website = website_with(system, "admin", right=False)
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
    website = website_with(system, "admin")
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    system.shop.tokens.set_password("admin", ADMIN["password"])

    _pass_hours(system, 24.1)

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_password_refused_for_one_website_is_not_tried_for_another_of_the_same_shop(system: System) -> None:
    system.sync(website_with(system, "admin", right=False))
    other = system.add_website("lampen.example")
    system.put_credentials(other, wrong(ADMIN))

    assert system.sync(other)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 1


def test_a_password_refused_at_a_wrong_address_is_tried_at_the_right_one(system: System) -> None:
    system.shop.tokens.set_password("admin", "another shop's")
    website = website_with(system, "admin")
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    system.shop.tokens.set_password("admin", ADMIN["password"])
    system.app.change_website(website, magentoApiUrl=system.shop.address.replace("127.0.0.1", "localhost"))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_refused_password_that_has_changed_meanwhile_is_tried_once(system: System) -> None:
    website = website_with(system, "admin", right=False)
    secure_parameter(f"{PREFIX}/{website}")  # the wrong credentials are cached now
    system.put_credentials(website, ADMIN)

    assert system.sync(website)["status"] == "COMPLETED"
    assert logins(system) == 2


def test_the_password_that_was_refused_is_remembered_not_the_one_that_replaced_it(system: System) -> None:
    """Otherwise the new password would never be tried."""
    website = website_with(system, "admin", right=False)
    system.shop.failures.switch_on(
        side_effect(lambda: system.put_credentials(website, {**ADMIN, "password": "y" * 32})), "token", times=1
    )
    system.shop.failures.switch_on(side_effect(lambda: system.put_credentials(website, ADMIN)), "token", times=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    assert system.sync(website)["status"] == "COMPLETED"


def test_a_password_refused_before_is_named_so_and_a_new_refusal_is_remembered_too(system: System) -> None:
    website = website_with(system, "admin", right=False)
    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    also_wrong = {**ADMIN, "password": "y" * 32}
    system.put_credentials(website, also_wrong)
    forget_parameters()
    system.shop.failures.switch_on(side_effect(lambda: system.put_credentials(website, wrong(ADMIN))), "token", times=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    system.put_credentials(website, also_wrong)
    forget_parameters()
    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 2


@pytest.mark.parametrize("kind", ["list", "order"])
@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        ("bearer", "oauth", bearer_off),
        ("oauth", "bearer", integration("inactive")),
        ("oauth", "admin", integration("gone")),
    ],
)
def test_a_run_continues_with_credentials_that_are_replaced_during_it(
    system: System, kind: Kind, first: str, second: str, change: Callable[[System], None]
) -> None:
    website = website_with(system, first)
    system.set(look_ahead=30)
    if kind == "order":
        system.shop.failures.switch_on(failures.internal_error(), "list")

    def replace() -> None:
        system.put_credentials(website, credentials(system, second))
        change(system)

    system.shop.failures.switch_on(side_effect(replace), kind, times=1, after=1)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] == ALL_CUSTOMERS
    # The request and the control request; a page of the list also as plain requests, where OAuth is refused.
    refused = [request.status for request in system.shop.requests].count(401)
    assert refused == (4 if (first, second, kind) == ("oauth", "admin", "list") else 2)


@pytest.mark.parametrize("kind", ["bearer", "oauth"])
def test_credentials_refused_during_a_run_are_read_afresh_once(
    system: System, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = website_with(system, kind)
    system.shop.failures.switch_on(side_effect(lambda: integration("gone")(system)), "list", times=1, after=1)
    asked: list[bool] = []
    monkeypatch.setattr("magento_sync.sync.credentials.credentials_of", noting(asked, credentials_of))

    assert system.sync(website)["status"] == "FAILED"
    assert asked == [False, True]


@pytest.mark.parametrize(("kind", "change"), [("bearer", bearer_off), ("oauth", integration("inactive"))])
def test_an_integration_switched_off_during_a_run_does_not_look_like_a_missing_permission(
    system: System, kind: str, change: Callable[[System], None]
) -> None:
    website = website_with(system, kind)
    system.shop.failures.switch_on(side_effect(lambda: change(system)), "list", times=1, after=1)

    assert system.sync(website)["errorCode"] == "CREDENTIALS_REFUSED"


def test_a_password_that_changes_during_a_run_is_refused_once(system: System) -> None:
    website = website_with(system, "admin")

    def change() -> None:
        other_password(system)
        system.shop.tokens._key = b"tokens die with the password"  # noqa: SLF001

    system.shop.failures.switch_on(side_effect(change), "list", times=1, after=1)

    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"
    assert system.sync(website)["errorCode"] == "PASSWORD_NOT_CHANGED"
    assert logins(system) == 2
    system.put_credentials(website, {**ADMIN, "password": "changed"})
    assert system.sync(website)["status"] == "COMPLETED"


def test_a_token_that_expires_while_orders_are_read_by_id_costs_one_login(system: System) -> None:
    website = website_with(system, "admin")
    system.set(look_ahead=30)
    system.shop.failures.switch_on(failures.internal_error(), "list")

    def forget() -> None:
        system.shop.tokens._key = b"the admin was changed"  # noqa: SLF001

    system.shop.failures.switch_on(side_effect(forget), "order", times=1, after=5)

    assert system.sync(website)["importedCustomers"] == ALL_CUSTOMERS
    assert logins(system) == 2


@pytest.mark.parametrize("life", [60, 20])
def test_a_token_of_a_short_life_serves_more_than_one_request(system: System, life: int) -> None:
    system.shop.configure(admin_token_lifetime=life)

    assert system.sync(website_with(system, "admin"))["status"] == "COMPLETED"

    assert logins(system) == 1


UNUSABLE_TOKENS = {
    "lines": "a\nb",
    "letters": "l\u2019acc\u00e8s",
    "half a letter": "\ud83d",
    "spaces": "a b",
    "nothing": "",
    "a book": "x" * 8001,
    "a list": ["token"],
}


@pytest.mark.parametrize("token", UNUSABLE_TOKENS.values(), ids=UNUSABLE_TOKENS.keys())
def test_an_unusable_token_is_the_shop_s_failure(system: System, token: object) -> None:
    system.shop.failures.switch_on(fixed_json(200, token), "token")

    assert system.sync(website_with(system, "admin"))["errorCode"] == "ANSWER_UNUSABLE"

    assert len(system.shop.requests) == 1


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (failures.error_page(429, "0"), 2),
        (failures.maintenance(), 2),
        (failures.plain_error(502), 1),
        (failures.reset(), 1),
    ],
)
def test_a_login_is_tried_again_only_where_the_shop_has_not_seen_the_password(
    system: System, failure: Failure, attempts: int
) -> None:
    system.shop.failures.switch_on(failure, "token", times=1)

    assert system.sync(website_with(system, "admin"))["status"] == ("COMPLETED" if attempts > 1 else "FAILED")

    assert logins(system) == attempts


@pytest.mark.parametrize("kind", ["list", "order"])
def test_a_login_that_fails_during_a_run_quarantines_no_order(system: System, kind: Kind) -> None:
    website = website_with(system, "admin")
    system.set(look_ahead=30)
    if kind == "order":
        system.shop.failures.switch_on(failures.internal_error(), "list")

    def forget() -> None:
        system.shop.tokens._key = b"the admin was changed"  # noqa: SLF001
        system.shop.failures.switch_on(failures.plain_error(502), "token")

    system.shop.failures.switch_on(side_effect(forget), kind, times=1, after=1)

    assert system.sync(website)["errorCode"] == "SHOP_ERROR"

    assert logins(system) <= 3
    assert "failed" not in system.app.ledger(website).values()


@pytest.mark.parametrize("after", [0, 1], ids=["at once", "during the run"])
@pytest.mark.parametrize(
    ("kind", "code"), [("bearer", "BEARER_REFUSED"), ("oauth", "OAUTH_REFUSED"), ("admin", "ADMIN_REFUSED")]
)
def test_a_refusal_that_names_no_permission_has_the_code_of_the_credentials_used(
    system: System, kind: str, code: str, after: int
) -> None:
    website = website_with(system, kind)
    refused: list[Kind] = ["list"] if after else ["stores", "list", "order"]
    system.shop.failures.switch_on(fixed_json(401, {"message": "Unauthorized"}), *refused, after=after)

    assert system.sync(website)["errorCode"] == code

    # Only a signature may be refused because of the request's characters.
    requests = [request for request in system.shop.requests if request.kind in {"stores", "list"}]
    plain = [request for request in requests if "fields" not in request.query]
    assert bool(plain) == (kind == "oauth")


def test_an_access_token_of_the_wrong_length_is_refused_credentials_not_a_bad_request(system: System) -> None:
    """The shop answers 400 (recording 54-oauth-short-token)."""
    website = system.add_website(WEBSITE)
    system.put_credentials(website, {**system.integration.oauth, "accessToken": "short"})
    assert system.sync(website)["errorCode"] == "OAUTH_REFUSED"
    system.put_credentials(website, system.integration.oauth)

    assert system.sync(website)["status"] == "COMPLETED", "cached credentials are read afresh"


@pytest.mark.parametrize("granted", [{ORDERS, STORES}, {ORDERS}])
@pytest.mark.parametrize("characters", ["[],", "[]"])
def test_a_shop_that_signs_wrongly_is_read_in_plain_requests(
    system: System, characters: str, granted: set[str]
) -> None:
    """Commas break the signature of the store views' request as well, brackets only that of the order list."""
    system.shop.failures.missigned = characters
    permissions(*granted)(system)

    summary = system.sync(website_with(system, "oauth", magentoStoreId="1"))

    assert summary["status"] == "COMPLETED"
    assert summary["ordersFetched"] > 10
    assert [request.status for request in system.shop.requests].count(401) <= 3


def test_a_limited_first_import_is_read_in_plain_requests_too(system: System) -> None:
    system.shop.failures.missigned = "[]"
    system.set(first_import_days=36500)

    assert system.sync(website_with(system, "oauth"))["ordersFetched"] == 25


def test_a_signature_that_is_refused_in_plain_requests_too_fails_the_run(system: System) -> None:
    system.shop.failures.missigned = "[]q"  # each list of orders contains a q

    summary = system.sync(website_with(system, "oauth"))

    assert summary["errorCode"] == "OAUTH_REFUSED"
    assert [request.kind for request in system.shop.requests].count("list") == 4  # each page with its control request


@pytest.mark.parametrize(
    "typed", ["{host}", "{host}/", "{host}/rest", "{host}/rest/V1", "{host}/index.php/rest/default/V1/", "{host}//"]
)
def test_the_api_is_found_in_whatever_form_its_address_is_typed(system: System, typed: str) -> None:
    website = website_with(system, "oauth", magentoApiUrl=typed.format(host=system.shop.address))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_in_a_sub_folder_is_found(system: System) -> None:
    system.shop.configure(folder="/winkel")
    website = website_with(system, "oauth", magentoApiUrl=system.shop.address + "/rest/V1")

    assert system.sync(website)["status"] == "COMPLETED"


@pytest.mark.parametrize("kind", ["bearer", "oauth", "admin"])
@pytest.mark.parametrize(
    ("root", "typed"),
    [
        ("/index.php/rest/V1", "/index.php/rest/V1"),
        ("/index.php/rest/V1", "/index.php"),
        ("/rest/default/V1", "/rest/default/V1/"),
        ("/rest/default/V1", "/rest/default"),
        ("/rest/default/V1", "/rest/default/V1/orders"),
    ],
)
def test_the_api_is_tried_where_its_address_was_typed(system: System, root: str, typed: str, kind: str) -> None:
    system.shop.failures.switch_on(failures.only_under(root))
    website = website_with(system, kind, magentoApiUrl=system.shop.address + typed)

    summary = system.sync(website)

    assert (summary["status"], summary["importedCustomers"]) == ("COMPLETED", ALL_CUSTOMERS)
    assert [request.status for request in system.shop.requests].count(404) == 1


@pytest.mark.parametrize("kind", ["bearer", "oauth", "admin"])
def test_an_address_is_wrong_only_after_it_was_tried_as_typed(system: System, kind: str) -> None:
    system.shop.failures.switch_on(failures.only_under("/elsewhere/rest/V1"))
    website = website_with(system, kind, magentoApiUrl=system.shop.address + "/index.php/rest/V1")

    assert system.sync(website)["errorCode"] == "WRONG_ADDRESS"

    paths = [request.path for request in system.shop.requests]
    assert [path.partition("/V1")[0] for path in paths] == ["/rest", "/index.php/rest"]


def test_line_ends_around_an_admin_s_token_are_trimmed(system: System) -> None:
    system.shop.failures.switch_on(failures.padded_token(), "token")

    summary = system.sync(website_with(system, "admin"))

    assert (summary["status"], summary["importedCustomers"]) == ("COMPLETED", ALL_CUSTOMERS)
    assert logins(system) == 1


ADVICE: list[tuple[str, Callable[[System], None], list[str], list[str]]] = [
    ("bearer", integration("revoked"), ["mistyped", "expired", "revoked", "2.4.4"], []),
    ("oauth", permissions(STORES), ["Grant it in Magento to the integration", "Do not reauthorize"], []),
    ("admin", permissions(STORES), ["or to the admin's role"], ["four values"]),
    ("oauth", integration("gone"), ["reauthorizing the integration changes them"], []),
    ("admin", permissions(), ["give the admin's role the permissions"], ["four values", "reauthorize", "token"]),
]
"""A kind of credentials, what changes at the shop, what the message says, and what it does not."""


@pytest.mark.parametrize(("kind", "change", "said", "unsaid"), ADVICE)
def test_a_refusal_says_what_helps_and_nothing_that_harms(
    system: System, kind: str, change: Callable[[System], None], said: list[str], unsaid: list[str]
) -> None:
    website = website_with(system, kind)
    change(system)
    run = system.app.run(str(system.sync(website)["runId"]))

    message = sentence(run["errorCode"], "en", run["errorParameters"])

    assert [text for text in said if text not in message] == []
    assert [text for text in unsaid if text in message] == []


def test_http_is_refused_unless_insecure_shops_are_allowed(system: System) -> None:
    system.set(allow_insecure_shops=False)
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] == "ADDRESS_INSECURE"

    assert system.shop.requests == []
