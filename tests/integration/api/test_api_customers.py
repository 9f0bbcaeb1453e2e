"""`/api/customers`, with events as API Gateway sends them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.support.functions import ROOT, call
from tests.support.leases import BOUGHT

if TYPE_CHECKING:
    from tests.support.app import App

PATH = "/api/customers"
POSTED = json.loads((ROOT / "events" / "manual-sync-post.json").read_text())

pytestmark = pytest.mark.usefixtures("functions")


def ask(
    method: str,
    query: dict[str, str] | str | None = None,
    body: str | None = None,
    claims: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """A call, by an AWS principal unless a token's claims are given."""
    raw = query if isinstance(query, str) else urlencode(query or {})
    context = {
        **POSTED["requestContext"],
        "routeKey": f"{method} {PATH}",
        "http": {**POSTED["requestContext"]["http"], "method": method, "path": PATH},
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    event = {
        **POSTED,
        "routeKey": f"{method} {PATH}",
        "rawPath": PATH,
        "rawQueryString": raw,
        "requestContext": context,
        "body": body,
    }
    joined: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    if joined:
        event["queryStringParameters"] = joined
    told = call("customers", event)
    assert told["headers"]["Content-Type"] == "application/json"
    return told["statusCode"], json.loads(told["body"])


def listed(**query: str) -> list[str]:
    status, body = ask("GET", query)
    assert status == 200, body
    return [one["email"] for one in body["customers"]]


def post(website: str, email: str = "jan@example.com", **more: object) -> tuple[int, dict[str, Any]]:
    return ask("POST", body=json.dumps({"websiteId": website, "email": email, **more}))


def faults(body: dict[str, Any]) -> dict[str, str]:
    assert body["error"]["code"] == "BAD_REQUEST"
    return {one["field"]: one["code"] for one in body["error"]["fields"]}


def test_a_customer_entered_by_hand_is_listed(app: App) -> None:
    website = app.add_website()

    status, added = post(
        website, " jan@example.com ", name="Jan", productName="Mok", purchaseDate="2026-01-01T12:00:00.1239+02:00"
    )

    assert status == 201
    [row] = app.customers(website)
    assert added == {
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
    assert ask("GET", {"websiteId": website}) == (200, {"customers": [added], "nextCursor": None})
    assert app.everything() == "[]"


def test_one_that_is_there_is_a_conflict_with_it(app: App) -> None:
    website = app.add_website()
    there = app.add_customer(website, "jan@example.com", BOUGHT, status="SENT")
    before = app.customers(website)

    for date in (f"{BOUGHT.isoformat()}Z", "2020-01-01T00:00:00Z", None):
        status, body = post(website, "JAN@example.com", purchaseDate=date)
        assert (status, body["error"]["code"], body["customer"]["id"]) == (409, "CUSTOMER_EXISTS", there)
    assert app.customers(website) == before


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"websiteId": "MISSING", "email": "MISSING"}),
        ({"websiteId": 7, "email": None}, {"websiteId": "WRONG_TYPE", "email": "WRONG_TYPE"}),
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
def test_each_field_at_fault_is_told(app: App, values: dict[str, object], expected: dict[str, str]) -> None:
    website = app.add_website()
    whole = {"websiteId": website, "email": "jan@example.com"} if values else {}

    status, body = ask("POST", body=json.dumps({**whole, **values}))

    assert (status, faults(body)) == (400, expected)
    assert all(one["message"] for one in body["error"]["fields"])
    assert app.customers(website) == []


def test_a_value_that_only_the_database_refuses_is_told_too(app: App) -> None:
    website = app.add_website()
    app.rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(10)')

    status, body = post(website)

    assert (status, faults(body)) == (400, {"body": "NOT_ALLOWED"})


def test_a_website_that_is_not_there_is_not_found() -> None:
    for status, body in (post("nobody"), ask("GET", {"websiteId": "nobody"})):
        assert (status, body["error"]["code"]) == (404, "WEBSITE_NOT_FOUND")


def test_pages_join_while_customers_are_added(app: App) -> None:
    website = app.add_website()
    for number in range(7):
        app.add_customer(website, f"{number}@example.com")
    seen: list[str] = []
    query = {"websiteId": website, "limit": "2"}
    while True:
        _, body = ask("GET", query)
        seen += [one["email"] for one in body["customers"]]
        if body["nextCursor"] is None:
            break
        assert set(body["nextCursor"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        query = {**query, "cursor": body["nextCursor"]}
        app.add_customer(website, f"later{len(seen)}@example.com")

    assert seen == [f"{number}@example.com" for number in reversed(range(7))]
    assert len(listed(websiteId=website)) == 10


def test_a_cursor_is_good_for_its_own_list_alone(app: App) -> None:
    website, other = app.add_website(), app.add_website()
    for number in range(3):
        app.add_customer(website, f"{number}@example.com")
    cursor = ask("GET", {"websiteId": website, "limit": "1"})[1]["nextCursor"]
    inside = json.loads(base64.urlsafe_b64decode(cursor + "=="))

    def made(*parts: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    kind, mark, created, row = inside
    assert made(*inside) == cursor
    for query in (
        {"websiteId": other, "cursor": cursor},
        {"cursor": cursor},
        {"websiteId": website, "status": "SENT", "cursor": cursor},
        {"websiteId": website, "q": "x", "cursor": cursor},
        *(
            {"websiteId": website, "cursor": broken}
            for broken in (
                *("x", "%00", cursor[:-2], cursor + "A", made(), made(7), made("runs", mark, created, row)),
                *(
                    made(kind, mark, moment, row)
                    for moment in ("now", "", "infinity", created + "+01:00", "2026-01-01", 7)
                ),
                made(kind, mark, created, "a\x00"),
                made(kind, mark, created, ["a"]),
                "[" * 1000,
            )
        ),
    ):
        status, body = ask("GET", query)
        assert (status, faults(body)) == (400, {"cursor": "NOT_ALLOWED"}), query


def test_filters(app: App) -> None:
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


def test_null_in_the_app_s_columns_hides_no_customer(app: App) -> None:
    website = app.add_website()
    app.add_customer(website, "jan@example.com")
    app.rows.execute(
        """ALTER TABLE "Customer" ALTER "name" DROP NOT NULL, ALTER "email" DROP NOT NULL, ALTER "status" DROP NOT NULL"""
    )
    app.rows.execute("""UPDATE "Customer" SET "name" = NULL, "email" = NULL, "status" = NULL""")

    status, body = ask("GET", {"websiteId": website})

    assert status == 200
    [customer] = body["customers"]
    assert (customer["name"], customer["email"], customer["status"]) == ("", "", "")
    assert (customer["productName"], customer["purchaseDate"], customer["lastContact"]) == (None, None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=NEVER", {"status": "NOT_ALLOWED"}),
        ("status=", {"status": "TOO_SHORT"}),
        ("status=SENT&status=SENT", {"status": "REPEATED"}),
        ("limit=0", {"limit": "OUT_OF_RANGE"}),
        ("limit=101", {"limit": "OUT_OF_RANGE"}),
        ("limit=-1", {"limit": "OUT_OF_RANGE"}),
        (f"limit={10**19}", {"limit": "OUT_OF_RANGE"}),
        (f"limit={'9' * 5000}", {"limit": "OUT_OF_RANGE"}),
        *((f"limit={text}", {"limit": "WRONG_TYPE"}) for text in ("x", "1_0", "%205", "5.0", "1e1", "", "NaN", "٣")),
        ("limit=1&limit=2", {"limit": "REPEATED"}),
        (f"q={'x' * 201}", {"q": "TOO_LONG"}),
        ("q=a%00b", {"q": "NOT_ALLOWED"}),
        ("websiteId=a%00b", {"websiteId": "NOT_ALLOWED"}),
        ("websiteId=", {"websiteId": "TOO_SHORT"}),
        ("website=1&page=2", {"website": "UNKNOWN", "page": "UNKNOWN"}),
    ],
)
def test_each_query_value_at_fault_is_told(query: str, expected: dict[str, str]) -> None:
    status, body = ask("GET", query)
    assert (status, faults(body)) == (400, expected)


def test_a_caller_limited_to_some_websites_sees_no_other(app: App) -> None:
    own, also, foreign = app.add_website(), app.add_website(), app.add_website()
    for website, email in ((own, "own@example.com"), (also, "also@example.com"), (foreign, "foreign@example.com")):
        app.add_customer(website, email)

    def seen(query: dict[str, str], websites: str) -> tuple[int, Any]:
        status, body = ask("GET", query, claims={"websites": websites})
        return status, [one["email"] for one in body.get("customers", [])] or body.get("error", {}).get("code")

    assert seen({}, own) == (200, ["own@example.com"])
    assert seen({}, f"[{own} {also}]") == (200, ["also@example.com", "own@example.com"])
    assert seen({"websiteId": own}, own) == (200, ["own@example.com"])
    assert seen({"websiteId": foreign}, own) == (404, "WEBSITE_NOT_FOUND")
    assert seen({"q": "foreign"}, own) == (200, None)
    assert seen({}, "") == (200, None)
    everything = ask("GET", {"limit": "1"})[1]["nextCursor"]
    assert seen({"cursor": everything}, own) == (200, ["own@example.com"])

    body = json.dumps({"websiteId": foreign, "email": "new@example.com"})
    unknown = json.dumps({"websiteId": "nobody", "email": "new@example.com"})
    assert ask("POST", body=body, claims={"websites": own}) == ask("POST", body=unknown, claims={"websites": own})
    assert len(app.customers(foreign)) == 1
    assert ask("POST", body=body.replace(foreign, own), claims={"websites": own})[0] == 201


def test_a_limited_caller_learns_nothing_of_a_foreign_customer_by_a_conflict(app: App) -> None:
    own, foreign = app.add_website(), app.add_website()
    app.add_customer(foreign, "jan@example.com", BOUGHT)

    status, body = ask(
        "POST", body=json.dumps({"websiteId": foreign, "email": "jan@example.com"}), claims={"websites": own}
    )

    assert (status, set(body)) == (404, {"error"})
