"""`GET /api/magento/websites`: all websites with the state of their syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

import pytest

from local.shop import failures
from magento_sync.db.connection.transaction import Transaction
from tests.integration.runs.test_changes_during_a_run import during_the_second_page
from tests.support.api_calls import Api

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Parameters, Row
    from tests.support.api_calls import Response
    from tests.support.app import App
    from tests.support.system import System

PATH = "/api/magento/websites"
STATUS = "/api/magento/auto-sync"
API = Api()

pytestmark = pytest.mark.usefixtures("functions")


def get(api: Api = API, /, **query: str) -> Response:
    return api.get(PATH, list(query.items()))


def websites(api: Api = API, /, **query: str) -> list[dict[str, Any]]:
    response = get(api, **query)
    assert response.status == 200, response.body
    found: list[dict[str, Any]] = response.body["websites"]
    return found


def domains(api: Api = API, /, **query: str) -> list[str]:
    return [website["domain"] for website in websites(api, **query)]


def test_a_website_is_listed_as_its_own_status_shows_it(system: System) -> None:
    website = system.add_website(magentoAutoUploadInterval=30)
    system.sync(website)
    system.app.add_website("never.example")

    synced, never = websites()

    status = API.get(STATUS, [("websiteId", website)]).body
    for field in ("websiteId", "autoUpload", "lastSync", "nextDueAt", "lastRun", "quarantinedCount"):
        assert synced[field] == status[field], field
    assert synced["newCustomers"] == status["lastRun"]["importedCustomers"] > 0
    assert (synced["domain"], synced["state"], synced["errorCode"]) == ("mokken.example", "idle", None)
    assert never.pop("nextDueAt") is not None
    del never["websiteId"]
    assert never == {
        "domain": "never.example",
        "autoUpload": True,
        "state": "idle",
        "lastSync": None,
        "errorCode": None,
        "errorMessage": None,
        "quarantinedCount": 0,
        "newCustomers": 0,
        "lastRun": None,
    }


def test_a_running_website_shows_live_counts_of_its_newest_run(system: System) -> None:
    website = system.add_website()
    system.sync(website)
    system.app.rows.execute('DELETE FROM "MagentoSyncOrder"')
    system.app.change_website(website, magentoLastEntityId=0)
    seen: list[dict[str, Any]] = []
    during_the_second_page(system, lambda: seen.extend(websites(state="running")))
    run = system.sync(website)

    [live] = seen
    assert (live["state"], live["lastRun"]["id"], live["lastRun"]["status"]) == ("running", run["runId"], "RUNNING")
    assert 10 <= live["lastRun"]["ordersFetched"] < live["lastRun"]["expectedOrders"]


def test_a_failing_website_shows_the_code_the_sentence_and_the_next_attempt(system: System) -> None:
    system.shop.failures.switch_on(failures.maintenance())
    system.sync(system.add_website())

    [failing] = API.get(PATH, accept_language="en").body["websites"]

    assert (failing["state"], failing["errorCode"]) == ("failing", "MAINTENANCE")
    assert failing["errorMessage"] == "The shop is under maintenance. We try again later."
    assert failing["nextDueAt"] > failing["lastRun"]["finishedAt"]


def test_a_website_that_failed_without_a_run_has_the_sentence_of_its_code(app: App) -> None:
    app.add_website("a.example", magentoAutoUploadStatus="ERROR", magentoSyncStatus="failed: ABANDONED")
    app.add_website("b.example", magentoAutoUploadStatus="ERROR", magentoSyncStatus="error of an earlier system")
    app.add_website("c.example", magentoAutoUploadStatus="ERROR")

    first, second, third = API.get(PATH, accept_language="en").body["websites"]

    assert first["errorCode"] == "ABANDONED"
    assert first["errorMessage"].startswith("The sync showed no activity")
    assert (second["errorCode"], second["errorMessage"]) == ("error of an earlier system", None)
    assert (third["errorCode"], third["errorMessage"]) == (None, None)


def test_only_orders_in_quarantine_and_customers_of_the_last_day_are_counted(app: App) -> None:
    website, other = app.add_website("a.example"), app.add_website("b.example")
    for email in ("new@example.com", "old@example.com"):
        app.add_customer(website, email)
    app.rows.execute(
        """UPDATE "Customer" SET "createdAt" = now() AT TIME ZONE 'UTC' - interval '25 hours'
        WHERE "email" = 'old@example.com'"""
    )
    app.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "recordedAt")
        SELECT %s, id, CASE WHEN id < 3 THEN 'failed' ELSE 'imported' END, now() FROM generate_series(1, 5) AS id""",
        [website],
    )

    counts = {one["websiteId"]: (one["quarantinedCount"], one["newCustomers"]) for one in websites()}

    assert counts == {website: (2, 1), other: (0, 0)}


def of_every_state(app: App) -> None:
    app.add_website("d.example")
    app.add_website("b.example", magentoAutoUploadStatus="RUNNING")
    app.add_website("c.example", magentoAutoUploadStatus="ERROR")
    app.add_website("e.example", magentoAutoUploadStatus="ERROR", enabled=False)
    app.add_website("a.example", enabled=False)
    app.add_website("f.example", magentoAutoUploadStatus="RUNNING", enabled=False)


def test_a_state_selects_its_websites(app: App) -> None:
    of_every_state(app)

    assert domains() == [f"{letter}.example" for letter in "abcdef"]
    assert domains(state="idle") == ["d.example"]
    assert domains(state="running") == ["b.example", "f.example"]
    assert domains(state="failing") == ["c.example"]
    assert domains(state="off") == ["a.example", "e.example"]


def test_failing_websites_come_first_where_asked(app: App) -> None:
    of_every_state(app)
    app.add_website("z.example", magentoAutoUploadStatus="ERROR")

    assert domains(sort="failing") == [f"{letter}.example" for letter in "czabdef"]
    assert domains(sort="domain") == domains()


def test_a_text_selects_the_domains_that_contain_it_literally(app: App) -> None:
    for domain in ("Mok_ken.example", "mokken.example", "tassen.example/nl"):
        app.add_website(domain)

    assert domains(q="MOK") == ["Mok_ken.example", "mokken.example"]
    assert domains(q="_") == ["Mok_ken.example"]
    assert domains(q="example/n") == ["tassen.example/nl"]
    assert domains(q="") == domains()


@pytest.mark.parametrize("sort", ["domain", "failing"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_join_to_the_whole_list_even_if_domains_repeat(app: App, limit: int, sort: str) -> None:
    for number in range(7):
        app.add_website("same.example", magentoAutoUploadStatus="ERROR" if number % 2 else "STOPPED")
    for domain in ("é.example", "Z.example", f"{'a' * 150}.example", f"{'a' * 150}.other", ""):
        app.add_website(domain)
    whole = [website["websiteId"] for website in websites(sort=sort, limit="100")]
    assert len(set(whole)) == 12

    seen: list[str] = []
    query = {"sort": sort, "limit": str(limit)}
    while True:
        page = get(**query).body
        assert len(page["websites"]) <= limit
        seen += [website["websiteId"] for website in page["websites"]]
        if page["nextCursor"] is None:
            break
        query = {**query, "cursor": page["nextCursor"]}

    assert seen == whole


def test_the_longest_domain_has_a_cursor_that_is_accepted(app: App) -> None:
    for _ in range(2):
        app.add_website("😀" * 300)

    cursor = get(limit="1").body["nextCursor"]

    assert len(websites(cursor=cursor)) == 1


def test_a_cursor_is_valid_only_with_its_own_filters(app: App) -> None:
    for _ in range(2):
        app.add_website()
    cursor = get(limit="1").body["nextCursor"]

    for query in ({"state": "idle"}, {"q": "x"}, {"sort": "failing"}):
        response = get(**query, cursor=cursor)
        assert (response.status, response.field_errors) == (400, {"cursor": "NOT_ALLOWED"}), query


def test_a_limited_caller_sees_only_their_websites(app: App) -> None:
    own, also = app.add_website("a.example"), app.add_website("b.example")
    app.add_website("c.example", magentoAutoUploadStatus="ERROR")

    def seen(claim: str, **query: str) -> list[str]:
        return domains(Api(claims={"websites": claim}), **query)

    assert seen(own) == ["a.example"]
    assert seen(f"[{own} {also}]") == ["a.example", "b.example"]
    assert seen(own, q="b") == seen(own, state="failing") == seen("") == seen("nobody") == []
    assert seen(also, cursor=get(limit="1").body["nextCursor"]) == ["b.example"]


@pytest.mark.parametrize(
    ("query", "field_errors"),
    [
        ({"state": "ERROR"}, {"state": "NOT_ALLOWED"}),
        ({"sort": "newest"}, {"sort": "NOT_ALLOWED"}),
        ({"limit": "0"}, {"limit": "OUT_OF_RANGE"}),
        ({"q": "x" * 201}, {"q": "TOO_LONG"}),
        ({"websiteId": "x"}, {"websiteId": "UNKNOWN"}),
    ],
)
def test_each_invalid_filter_is_named(query: dict[str, str], field_errors: dict[str, str]) -> None:
    response = get(**query)

    assert (response.status, response.field_errors) == (400, field_errors)


def test_null_in_the_app_s_columns_means_off_and_no_domain(app: App) -> None:
    website = app.add_website()
    app.rows.execute(
        """ALTER TABLE "Website" ALTER "magentoAutoUploadEnabled" DROP NOT NULL,
        ALTER "magentoAutoUploadStatus" DROP NOT NULL, ALTER "domain" DROP NOT NULL"""
    )
    app.change_website(website, magentoAutoUploadEnabled=None, magentoAutoUploadStatus=None, domain=None)

    [shown] = websites()

    assert (shown["domain"], shown["autoUpload"], shown["state"], shown["nextDueAt"]) == ("", False, "off", None)


def test_a_page_is_one_query_whatever_its_size(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        app.add_website(f"{number}.example")
    queries: list[str] = []
    execute = Transaction.all

    def counted(transaction: Transaction, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        queries.append(query)
        return execute(transaction, query, parameters)

    monkeypatch.setattr(Transaction, "all", counted)
    monkeypatch.setattr(Transaction, "one", None)

    assert len(websites()) == 20
    assert len(queries) == 1
