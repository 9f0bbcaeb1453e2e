"""`run`: starts syncs under the rules of the button, waits for them, and shows what came of them."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from magento_sync.aws import bootstrap, invocations
from ops import run
from tests.support.functions import call
from tests.support.operator_commands import FUNCTION, VARIABLES
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.operator_commands import Command
    from tests.support.system import System


@dataclass
class Lambda:
    """boto3's Lambda client: runs `site_sync` at once, which moto cannot."""

    refuses: bool = False
    fails: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes, InvocationType: str = "RequestResponse") -> dict[str, Any]:  # noqa: N803 - boto3's
        assert FunctionName == FUNCTION
        if self.refuses:
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "x"}}, "Invoke")
        if self.fails:
            payload = {"errorType": "DatabaseUnavailable", "errorMessage": "x"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(payload).encode())}
        self.events.append(json.loads(Payload))
        with contextlib.redirect_stdout(io.StringIO()):  # its metrics belong in its own log
            answer = call("site_sync", self.events[-1])
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), "StatusCode": len(InvocationType)}


@pytest.fixture
def lambda_(stage: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:  # noqa: ARG001 - used by the function
    for name, value in (VARIABLES | {"DATABASE_URL_PARAMETER": SETTINGS.database_url_parameter}).items():
        monkeypatch.setenv(name, value)
    made = Lambda()
    monkeypatch.setattr(invocations, "client", lambda _: made)
    monkeypatch.setattr(run, "lambda_", lambda *, patient: made)  # noqa: ARG005
    bootstrap.settings.cache_clear()
    bootstrap.shared_database.cache_clear()
    yield made
    bootstrap.shared_database().close()
    bootstrap.settings.cache_clear()
    bootstrap.shared_database.cache_clear()


@pytest.mark.usefixtures("lambda_")
def test_a_website_is_synced_and_its_result_shown(ops: Command, stage: System) -> None:
    website = stage.add_website()

    done = ops("run", "mokken.example", "--json")

    (summary,) = done.json
    assert (done.code, summary["status"], summary["websiteId"]) == (0, "COMPLETED", website)
    assert summary["importedCustomers"] == len(stage.app.customers(website)) > 0
    assert stage.app.runs(website)[0]["trigger"] == "manual"


@pytest.mark.usefixtures("lambda_")
def test_all_websites_with_auto_upload_on_are_synced_one_of_a_shop_at_a_time(ops: Command, stage: System) -> None:
    first, second = stage.add_website(), stage.add_website("lampen.example")
    off = stage.add_website("lampen.example/fr", enabled=False)

    done = ops("run", "--all", "--json")

    assert sorted(one["websiteId"] for one in done.json) == sorted([first, second])
    assert {one["status"] for one in done.json} == {"COMPLETED"}
    assert stage.app.runs(off) == []


@pytest.mark.usefixtures("lambda_")
def test_a_failed_sync_says_why_and_the_exit_code_is_1(ops: Command, stage: System) -> None:
    stage.put_credentials(stage.add_website(), {"bearerToken": "x" * 32})

    done = ops("run", "--all")

    assert done.code == 1
    assert "The shop rejects the token." in done.out


@pytest.mark.usefixtures("lambda_")
def test_a_website_that_is_off_is_not_synced(ops: Command, stage: System) -> None:
    website = stage.add_website(enabled=False)

    done = ops("run", website, "--json")

    assert (done.code, done.json[0]["status"], done.json[0]["errorCode"]) == (1, "SKIPPED", "AUTO_UPLOAD_OFF")


def test_a_sync_that_aws_refuses_gives_its_claim_back(ops: Command, stage: System, lambda_: Lambda) -> None:
    website = stage.add_website()
    before = stage.app.website(website)
    lambda_.refuses = True

    done = ops("run", website, "--json")

    assert (done.code, done.json[0]["errorCode"]) == (1, "NOT_STARTED")
    assert stage.app.runs(website) == []
    assert stage.app.website(website)["magentoAutoUploadStatus"] == before["magentoAutoUploadStatus"]


def test_a_dry_run_shows_the_outcomes_and_writes_nothing(ops: Command, stage: System, lambda_: Lambda) -> None:
    website = stage.add_website()

    done = ops("run", website, "--dry-run", "--json")

    assert done.code == 0
    assert done.json[0]["importedCustomers"] == len(done.json[0]["orders"]["imported"]) > 0
    assert stage.app.customers(website) == stage.app.runs(website) == []
    assert lambda_.events == [{"websiteId": website, "dryRun": True}]


def test_a_function_that_fails_is_named_by_its_error_s_type(ops: Command, stage: System, lambda_: Lambda) -> None:
    website = stage.add_website()
    lambda_.fails = True

    done = ops("run", website, "--dry-run", "--json")

    assert (done.code, done.json[0]["errorCode"]) == (1, "DatabaseUnavailable")


def test_syncs_need_lambda(ops: Command, stage: System, database_url: str) -> None:
    ops.where, ops.environment = [], {"DATABASE_URL": database_url}

    done = ops("run", stage.add_website())

    assert done.code == 2
    assert "--stage" in done.err
