"""`/api/customers`: listing customers, and adding one by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.api.customers import CustomerQuery
from magento_sync.api.http.cursors import decode_time_cursor, encode_cursor
from tests.support.api_calls import Api
from tests.support.leases import BOUGHT

if TYPE_CHECKING:
    from tests.support.api_calls import Response
    from tests.support.app import App

PATH = "/api/customers"
API = Api("customers")

pytestmark = pytest.mark.usefixtures("functions")


def get(api: Api = API, /, **query: str) -> Response:
    return api.get(PATH, list(query.items()))


def listed(**query: str) -> list[str]:
    response = get(**query)
    assert response.status == 200, response.body
    return [customer["email"] for customer in response.body["customers"]]


def post(website: str, email: str = "jan@example.com", api: Api = API, **more: object) -> Response:
    return api.post({"websiteId": website, "email": email, **more}, PATH)


def test_a_customer_added_by_hand_is_listed(app: App) -> None:
    website = app.add_website()

    added = post(
        website, " jan@example.com ", name="Jan", productName="Mok", purchaseDate="2026-01-01T12:00:00.1239+02:00"
    )

    assert added.status == 201
    [row] = app.customers(website)
    assert added.body == {
        "id": row["id"],
        "websiteId": website,
        "name": "Jan",
        "email": "jan@example.com",
        "productName": "Mok",
        "purchaseDate": "2026-01-01T10:00:00.123Z",
        "status": "PENDING",
        "lastContact": None,
        "createdAt": row["createdAt"].isoformat(timespec="milliseconds") + "Z",
    }
    assert get(websiteId=website).body == {"customers": [added.body], "nextCursor": None}
    assert app.everything() == "[]"


def test_an_existing_customer_is_a_conflict_and_stays_unchanged(app: App) -> None:
    website = app.add_website()
    existing = app.add_customer(website, "jan@example.com", BOUGHT, status="SENT")
    before = app.customers(website)

    for date in (f"{BOUGHT.isoformat()}Z", "2020-01-01T00:00:00Z", None):
        response = post(website, "JAN@example.com", purchaseDate=date)
        assert (response.status, response.code, response.body["customer"]["id"]) == (409, "CUSTOMER_EXISTS", existing)
    assert app.customers(website) == before


@pytest.mark.parametrize(
    ("values", "field_errors"),
    [
        ({"email": None}, {"email": "WRONG_TYPE"}),
        ({"email": ""}, {"email": "TOO_SHORT"}),
        ({"email": "nobody"}, {"email": "NOT_ALLOWED"}),
        ({"email": "a b@example.com"}, {"email": "NOT_ALLOWED"}),
        ({"email": "a\u0000@example.com"}, {"email": "NOT_ALLOWED"}),
        ({"email": "\ud800@example.com"}, {"email": "NOT_ALLOWED"}),
        ({"email": "a@" + "b" * 253}, {"email": "TOO_LONG"}),
        ({"name": "x" * 501, "productName": ["Mok"]}, {"name": "TOO_LONG", "productName": "WRONG_TYPE"}),
        ({"name": "Jan\u0000"}, {"name": "NOT_ALLOWED"}),
        ({"purchaseDate": "yesterday"}, {"purchaseDate": "NOT_ALLOWED"}),
        ({"purchaseDate": "2026-02-30T00:00:00Z"}, {"purchaseDate": "NOT_ALLOWED"}),
        *(({"purchaseDate": date}, {"purchaseDate": "NOT_ALLOWED"}) for date in (" ", "\u0000", "0000-00-00 00:00:00")),
        ({"purchaseDate": 1767261600}, {"purchaseDate": "WRONG_TYPE"}),
        ({"purchaseDate": "0001-01-01T00:00:00+23:00"}, {"purchaseDate": "NOT_ALLOWED"}),
        ({"status": "SENT", "id": "x"}, {"status": "UNKNOWN", "id": "UNKNOWN"}),
    ],
)
def test_each_invalid_field_of_a_customer_is_named(
    app: App, values: dict[str, object], field_errors: dict[str, str]
) -> None:
    website = app.add_website()

    response = API.post({"websiteId": website, "email": "jan@example.com", **values}, PATH)

    assert (response.status, response.code, response.field_errors) == (400, "BAD_REQUEST", field_errors)
    assert app.customers(website) == []


def test_a_value_that_only_the_database_refuses_is_an_invalid_body(app: App) -> None:
    website = app.add_website()
    app.rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(10)')

    response = post(website)

    assert (response.status, response.field_errors) == (400, {"body": "NOT_ALLOWED"})


def test_an_unknown_website_is_not_found() -> None:
    for response in (post("nobody"), get(websiteId="nobody")):
        assert (response.status, response.code) == (404, "WEBSITE_NOT_FOUND")


def test_no_customer_is_repeated_or_skipped_while_others_are_added(app: App) -> None:
    website = app.add_website()
    for number in range(7):
        app.add_customer(website, f"{number}@example.com")
    seen: list[str] = []
    query = {"websiteId": website, "limit": "2"}
    while True:
        page = get(**query).body
        seen += [customer["email"] for customer in page["customers"]]
        if page["nextCursor"] is None:
            break
        query = {**query, "cursor": page["nextCursor"]}
        app.add_customer(website, f"later{len(seen)}@example.com")

    assert seen == [f"{number}@example.com" for number in reversed(range(7))]
    assert len(listed(websiteId=website)) == 10


def test_a_cursor_is_valid_only_with_its_own_filters(app: App) -> None:
    website, other = app.add_website(), app.add_website()
    for number in range(3):
        app.add_customer(website, f"{number}@example.com")
    cursor = get(websiteId=website, limit="1").body["nextCursor"]

    for query in (
        {"websiteId": other},
        {},
        {"websiteId": website, "status": "SENT"},
        {"websiteId": website, "q": "x"},
    ):
        response = get(**query, cursor=cursor)
        assert (response.status, response.field_errors) == (400, {"cursor": "NOT_ALLOWED"}), query


def test_a_cursor_with_another_time_than_we_write_is_rejected(app: App) -> None:
    website = app.add_website()
    for number in range(2):
        app.add_customer(website, f"{number}@example.com")
    cursor = get(websiteId=website, limit="1").body["nextCursor"]
    filters = CustomerQuery(website).filters
    created_at, customer_id = decode_time_cursor("customers", filters, cursor)
    assert encode_cursor("customers", filters, created_at, customer_id) == cursor

    for moment in ("now", "", "infinity", f"{created_at}+01:00", "2026-01-01"):
        response = get(websiteId=website, cursor=encode_cursor("customers", filters, moment, customer_id))
        assert (response.status, response.field_errors) == (400, {"cursor": "NOT_ALLOWED"}), moment


def test_customers_are_filtered_by_website_status_and_text(app: App) -> None:
    first, second = app.add_website(), app.add_website()
    app.add_customer(first, "anna@example.com", status="SENT")
    app.add_customer(first, "bert@example.com")
    app.add_customer(second, "anna@example.nl")

    assert listed() == ["anna@example.nl", "bert@example.com", "anna@example.com"]
    assert listed(websiteId=first) == ["bert@example.com", "anna@example.com"]
    assert listed(status="SENT") == ["anna@example.com"]
    assert listed(q="ANNA") == ["anna@example.nl", "anna@example.com"]
    assert listed(q="by the APP") == ["anna@example.nl", "bert@example.com", "anna@example.com"]
    assert listed(websiteId=first, status="PENDING", q="example") == ["bert@example.com"]
    assert listed(websiteId=first, q="") == listed(websiteId=first)


def test_a_customer_with_null_in_the_app_s_columns_is_listed(app: App) -> None:
    website = app.add_website()
    app.add_customer(website, "jan@example.com")
    app.rows.execute(
        """ALTER TABLE "Customer"
            ALTER "name" DROP NOT NULL, ALTER "email" DROP NOT NULL, ALTER "status" DROP NOT NULL"""
    )
    app.rows.execute("""UPDATE "Customer" SET "name" = NULL, "email" = NULL, "status" = NULL""")

    response = get(websiteId=website)

    assert response.status == 200
    [customer] = response.body["customers"]
    assert (customer["name"], customer["email"], customer["status"]) == ("", "", "")
    assert (customer["productName"], customer["purchaseDate"], customer["lastContact"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "field_errors"),
    [
        ({"status": "NEVER"}, {"status": "NOT_ALLOWED"}),
        ({"status": ""}, {"status": "TOO_SHORT"}),
        ({"limit": "101"}, {"limit": "OUT_OF_RANGE"}),
        ({"limit": "5.0"}, {"limit": "WRONG_TYPE"}),
        ({"q": "x" * 201}, {"q": "TOO_LONG"}),
        ({"q": "a\x00b"}, {"q": "NOT_ALLOWED"}),
        ({"websiteId": "a\x00b"}, {"websiteId": "NOT_ALLOWED"}),
        ({"websiteId": ""}, {"websiteId": "TOO_SHORT"}),
    ],
)
def test_each_invalid_filter_is_named(query: dict[str, str], field_errors: dict[str, str]) -> None:
    response = get(**query)

    assert (response.status, response.field_errors) == (400, field_errors)


def test_a_limited_caller_lists_only_the_customers_of_their_websites(app: App) -> None:
    own, also, foreign = app.add_website(), app.add_website(), app.add_website()
    for website, email in ((own, "own@example.com"), (also, "also@example.com"), (foreign, "foreign@example.com")):
        app.add_customer(website, email)

    def seen(websites: str, **query: str) -> list[Any]:
        response = get(Api("customers", {"websites": websites}), **query)
        return [customer["email"] for customer in response.body["customers"]]

    assert seen(own) == seen(own, websiteId=own) == ["own@example.com"]
    assert seen(f"[{own} {also}]") == ["also@example.com", "own@example.com"]
    assert seen(own, q="foreign") == seen("") == []
    assert seen(own, cursor=get(limit="1").body["nextCursor"]) == ["own@example.com"]


def test_a_conflict_with_another_s_customer_is_not_revealed(app: App) -> None:
    own, foreign = app.add_website(), app.add_website()
    app.add_customer(foreign, "jan@example.com", BOUGHT)

    response = post(foreign, api=Api("customers", {"websites": own}))

    assert (response.status, set(response.body)) == (404, {"error"})
