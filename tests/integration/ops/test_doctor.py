"""`doctor` names each fault, and finds none where there is none."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.leases import hold
from tests.support.system_faults import SYSTEM_FAULTS
from tests.support.ward import Fault, Ward
from tests.support.website_faults import WEBSITE_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.operator_commands import Command
    from tests.support.system import System

FAULTS = [*SYSTEM_FAULTS, *WEBSITE_FAULTS]
PAGE = (Path(__file__).parents[3] / "docs" / "ops.md").read_text("utf-8")


@pytest.fixture
def ward(stage: System, database_url: str) -> Iterator[Ward]:
    with ExitStack() as until_the_end:
        yield Ward(stage, stage.add_website(), database_url, until_the_end)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.title)
@pytest.mark.usefixtures("without_pauses")
def test_each_fault_is_named_with_its_cure(ward: Ward, fault: Fault) -> None:
    fault.make(ward)

    done = ward.ops("doctor", ward.website, "--json")

    found = {one["name"]: one for one in done.json["results"]}[fault.check]
    assert found["state"] in {"warn", "fail"}, done.json
    assert fault.says in f"{found['finding']} {found['cure']}"
    assert found["cure"] or "must" in found["finding"]
    assert done.code == int(any(one["state"] == "fail" for one in done.json["results"]))
    assert "s3cret" not in done.out
    assert "right-password" not in done.out


def test_nothing_is_found_where_all_is_well(ward: Ward) -> None:
    ward.system.sync(ward.website)

    done = ward.ops("doctor", "--all", "--json")

    # The shop of the test is on this machine.
    assert [one["finding"][:18] for one in done.json["results"] if one["state"] != "ok"] == ["AllowInsecureShops"]
    assert done.code == 0


def test_doctor_changes_nothing(ward: Ward) -> None:
    before = ward.system.app.website(ward.website)

    ward.ops("doctor", ward.website)

    assert ward.system.app.website(ward.website) == before
    assert ward.system.app.customers(ward.website) == []
    assert ward.system.app.everything() == "[]"


def test_the_page_lists_every_fault_and_what_doctor_says() -> None:
    rows = re.findall(r"^\| ([^|]+) \| `([^|`]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)

    assert [tuple(map(str.strip, row)) for row in rows] == [(one.title, one.check, one.says) for one in FAULTS]


def _answer(ops: Command, website: str, question: str) -> str:
    replies = ops("doctor", website, "--json").json["answers"]
    return str(next(one["answer"] for one in replies if question in one["question"]))


def test_the_reason_why_no_customers_are_stored_is_the_first_that_applies(ward: Ward) -> None:
    assert "wait for the next sync" in _answer(ward.ops, ward.website, "no customers")
    ward.system.sync(ward.website)
    assert "They are stored" in _answer(ward.ops, ward.website, "no customers")
    ward.system.put_credentials(ward.website, {"bearerToken": "x" * 32})
    assert "BEARER_REFUSED" in _answer(ward.ops, ward.website, "no customers")
    ward.change(magentoAutoUploadEnabled=False)
    assert "Auto-upload is off" in _answer(ward.ops, ward.website, "no customers")


def test_the_reason_why_duplicates_are_stored_is_the_index(ward: Ward) -> None:
    assert "None are" in _answer(ward.ops, ward.website, "duplicates")
    for email in ("a@shop.example", "A@shop.example"):
        ward.system.app.add_customer(ward.website, email)
    assert "1 e-mails have several customers that differ in upper and lower case" in _answer(
        ward.ops, ward.website, "duplicates"
    )
    ward.sql('DROP INDEX "Customer_websiteId_email_key"')
    assert "index on (websiteId, email) is missing" in _answer(ward.ops, ward.website, "duplicates")


def test_a_sync_that_does_not_stop_is_told_from_one_that_works(ward: Ward) -> None:
    assert _answer(ward.ops, ward.website, "not stop") == "None is running."
    lease = hold(ward.system.database, ward.website)
    assert "It works: 0 orders since" in _answer(ward.ops, ward.website, "not stop")
    ward.system.app.age(lease.run.id, 40)
    assert "It has died" in _answer(ward.ops, ward.website, "not stop")
    ward.change(magentoSyncRunId=None)
    assert "no run holds it" in _answer(ward.ops, ward.website, "not stop")


def test_a_plain_database_is_checked_without_aws(ward: Ward) -> None:
    ops = type(ward.ops)(where=[], environment={"DATABASE_URL": ward.url})

    done = ops("doctor", "--json")

    assert {one["name"]: one["state"] for one in done.json["results"]}["functions"] == "skipped"
    assert done.code == 0


def test_of_all_websites_people_read_what_is_wrong(ward: Ward) -> None:
    ward.change(magentoApiUrl=None)
    ward.system.sync(ward.system.add_website(domain="lampen.example"))

    shown = ward.ops("doctor", "--all").out.splitlines()

    assert "✗ mokken.example: address: ADDRESS_MISSING → Enter the address of the Magento API (magentoApiUrl)." in shown
    assert "✓ lampen.example: in order" in shown
    assert "✓ migration: applied" in shown
    assert not any("TLS" in line or "?" in line for line in shown)


def test_people_read_one_line_for_each_check(ward: Ward) -> None:
    ward.change(magentoApiUrl=None)

    done = ward.ops("doctor", ward.website)

    assert "✗ address: ADDRESS_MISSING → Enter the address of the Magento API (magentoApiUrl)." in done.out
    assert "- TLS: not checked before `address` is in order" in done.out
    assert "Why are no customers stored?" in done.out
    assert done.code == 1


def test_a_refused_password_is_sent_once_however_many_websites_use_it(ward: Ward) -> None:
    for domain in ("mokken.example/nl", "lampen.example"):
        ward.system.put_credentials(ward.system.add_website(domain), {"username": "admin", "password": "wrong"})
    ward.system.put_credentials(ward.website, {"username": "admin", "password": "wrong"})

    ward.ops("doctor", "--all")

    assert len([one for one in ward.system.shop.requests if one.kind == "token"]) == 1
