"""`status`, `websites`, `watermark`, `migrate`, `quarantine`: what they show and change, JSON and exit codes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.leases import hold, order, store_page
from tests.support.operator_commands import Command

if TYPE_CHECKING:
    from tests.support.app import App
    from tests.support.system import System


@pytest.fixture
def website(stage: System) -> str:
    """A website whose first sync has ended."""
    website = stage.add_website()
    stage.sync(website)
    return website


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["doctor", "--all"],
        ["doctor", "nobody"],
        ["status"],
        ["websites"],
        ["migrate", "status"],
        ["migrate", "apply"],
        ["quarantine", "list"],
        ["quarantine", "list", "nobody"],
        ["quarantine", "retry", "{website}"],
        ["quarantine", "release", "{website}", "1"],
        ["watermark", "show", "mokken.example"],
        ["watermark", "set", "{website}", "7"],
        ["failures", "list"],
        ["failures", "retry", "--all"],
        ["failures", "retry", "nothing"],
        ["credentials", "check", "{website}"],
        ["credentials", "import", "--all"],
        ["run", "nobody", "--dry-run"],
    ],
    ids=" ".join,
)
def test_json_is_one_document_and_the_exit_code_is_0_or_1(ops: Command, website: str, arguments: list[str]) -> None:
    done = ops(*(one.format(website=website) for one in arguments), "--json")

    assert done.json is not None
    assert done.err == ""
    assert done.code in {0, 1}
    assert (done.code == 1) == ("nobody" in arguments or "nothing" in arguments or "release" in arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "a", "--all"],
        ["doctor", "a", "--all"],
        ["status", "--watch", "--json"],
        ["failures", "retry"],
        ["watermark", "set", "a", "-1"],
        ["watermark", "set", "a", "2147483648"],
        ["quarantine", "release", "a"],
        ["migrate"],
        ["nonsense"],
        ["status", "--local"],
        ["status", "--database-url", "postgresql://app:s3cret@db.example/app"],
        ["status", "--database-url", "postgresql://db.example/app?password=s3cret"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("stage")
def test_wrong_usage_is_2_and_repeats_no_secret(ops: Command, arguments: list[str]) -> None:
    done = ops(*arguments)

    assert done.code == 2, done.out
    assert "s3cret" not in done.out + done.err


@pytest.mark.usefixtures("stage")
def test_a_command_asks_where_it_is_to_work() -> None:
    done = Command(where=[])("status")

    assert done.code == 2
    assert "--stage" in done.err


def test_the_status_shows_each_website_and_is_1_after_a_failure(ops: Command, stage: System, website: str) -> None:
    (one,) = ops("status", "--json").json
    run = stage.app.runs(website)[0]
    assert (one["state"], one["importedCustomers"]) == ("on", run["importedCustomers"])
    assert one["lastSync"].endswith("Z")
    stage.app.change_website(website, magentoApiUrl=None)
    stage.sync(website)

    done = ops("status")

    assert done.code == 1
    assert "failed: ADDRESS_MISSING" in done.out


@pytest.mark.parametrize(("width", "times"), [(80, False), (120, True)])
@pytest.mark.usefixtures("website")
def test_a_narrow_terminal_shows_a_website_in_one_line_without_times(
    ops: Command, monkeypatch: pytest.MonkeyPatch, width: int, *, times: bool
) -> None:
    monkeypatch.setattr("ops.output.WIDTH_IN_A_PIPE", width)

    heading, _, row = ops("status").out.splitlines()

    assert ("Next (UTC)" in heading) is times
    assert row.startswith("mokken.example  on")


def test_the_status_of_a_running_sync_shows_its_progress(ops: Command, stage: System) -> None:
    lease = hold(stage.database, stage.add_website())
    store_page(stage.database, lease, order(1), order(2))

    (one,) = ops("status", "--json").json

    assert (one["state"], one["ordersFetched"], one["expectedOrders"]) == ("running", 2, 2)


def test_websites_are_listed_by_id_domain_and_state(ops: Command, stage: System) -> None:
    off = stage.app.add_website("a.example", enabled=False)
    on = stage.app.add_website("b.example")

    listed = ops("websites", "--json").json

    assert [(one["id"], one["domain"], one["state"]) for one in listed] == [
        (off, "a.example", "off"),
        (on, "b.example", "on"),
    ]
    assert off in ops("websites").out


def test_a_domain_of_two_websites_names_neither(ops: Command, stage: System) -> None:
    for _ in range(2):
        stage.app.add_website("same.example")

    assert ops("watermark", "show", "same.example").code == 1


@pytest.mark.parametrize("order_id", [0, 3, 900000])
def test_a_watermark_is_set_up_or_down_with_the_floor(ops: Command, stage: System, website: str, order_id: int) -> None:
    before = stage.app.website(website)["magentoLastEntityId"]

    done = ops("watermark", "set", website, str(order_id), "--json")

    assert done.json == {"websiteId": website, "watermark": order_id, "before": before}
    row = stage.app.website(website)
    assert (row["magentoLastEntityId"], row["magentoSyncFloor"]) == (order_id, order_id)
    assert ops("watermark", "show", website).out == f"mokken.example: watermark {order_id}, floor {order_id}.\n"


def test_a_lowered_watermark_imports_nothing_twice(ops: Command, stage: System, website: str) -> None:
    customers = stage.app.emails(website)
    assert "are read again" in ops("watermark", "set", website, "0").out

    again = stage.sync(website)

    assert again["ordersFetched"] > 0
    assert again["importedCustomers"] == 0
    assert stage.app.emails(website) == customers


def test_a_raised_watermark_leaves_out_the_orders_up_to_it(ops: Command, stage: System) -> None:
    website = stage.add_website()
    newest = max(stage.shop.orders.ids)
    ops("watermark", "set", website, str(newest))

    assert stage.sync(website)["ordersFetched"] == 0


def test_a_watermark_is_not_set_during_a_sync(ops: Command, stage: System, website: str) -> None:
    hold(stage.database, website)
    before = stage.app.website(website)["magentoLastEntityId"]

    done = ops("watermark", "set", website, "7")

    assert done.code == 1
    assert "nothing was changed" in done.err
    assert stage.app.website(website)["magentoLastEntityId"] == before


def test_the_migration_s_status_names_what_is_missing_until_it_is_applied(ops: Command, stage: System) -> None:
    stage.app.rows.execute("""DROP TABLE "MagentoSyncOrder"; DROP INDEX "Customer_websiteId_lower_email_idx" """)

    before = ops("migrate", "status", "--json")

    assert before.code == 1
    assert {"MagentoSyncOrder", "MagentoSyncOrder.orderId", "Customer_websiteId_lower_email_idx"} <= set(
        before.json["missing"]
    )
    assert ops("migrate", "apply").code == 0
    assert ops("migrate", "status", "--json").json == {"missing": []}


def test_quarantined_orders_are_listed_as_json(ops: Command, stage: System) -> None:
    lease = hold(stage.database, stage.add_website())
    store_page(stage.database, lease, faults={3: "ORDER_DAMAGED"})

    (one,) = ops("quarantine", "list", "--json").json

    assert (one["order_id"], one["reason"], one["attempts"]) == (3, "ORDER_DAMAGED", 1)


def test_a_watched_status_is_shown_again_until_it_is_interrupted(
    ops: Command, stage: System, website: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = []

    def sleep(pause: float) -> None:
        seconds.append(pause)
        stage.app.change_website(website, domain="renamed.example")
        if len(seconds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("ops.status.time.sleep", sleep)

    done = ops("status", "--watch")

    assert done.code == 0
    assert seconds == [2.0, 2.0]
    assert "renamed.example" in done.out


@pytest.mark.parametrize(("form", "shows"), [("status", "mokken.example"), ("doctor", "migration: applied")])
def test_make_has_a_short_form(app: App, database_url: str, form: str, shows: str) -> None:
    app.add_website("mokken.example")
    done = subprocess.run(
        ["make", "--silent", form, f"DATABASE_URL={database_url}"],  # noqa: S607 - on PATH
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert shows in done.stdout, done.stderr


def test_a_database_that_cannot_be_reached_is_told_with_the_reason_and_no_password() -> None:
    ops = Command(where=[], environment={"DATABASE_URL": "postgresql://app:s3cret@127.0.0.1:1/app"})

    done = ops("status")

    assert done.code == 1
    assert "127.0.0.1:1/app cannot be reached: Connection refused." in done.err
    assert "s3cret" not in done.err
    assert "Traceback" not in done.err
