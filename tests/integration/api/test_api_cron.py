"""`GET /api/cron/auto-sync`: the schedule's work at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.deadline import Deadline
from magento_sync.runs import dispatch
from tests.support.api_calls import CRON, Api
from tests.support.functions import Context, listen

if TYPE_CHECKING:
    import pytest

    from tests.support.functions import LambdaClient
    from tests.support.system import System

API = Api(context=Context(milliseconds=29_000))


def test_due_websites_are_started_and_counted(functions: LambdaClient, system: System) -> None:
    due = [system.add_website(), system.add_website("lampen.example")]
    system.add_website("lampen.example/fr", magentoAutoUploadEnabled=False)
    system.sync(system.add_website("mokken.example/nl"))

    response = API.get(CRON)

    assert response.status == 200
    assert response.body == {"started": 2, "sentAgain": 0, "waiting": 0, "notDue": 1, "refused": 0}
    assert {(event["websiteId"], event["trigger"]) for event in functions.events} == {
        (website, "schedule") for website in due
    }
    assert all(system.app.customers(website) for website in due)
    assert API.get(CRON).body == {"started": 0, "sentAgain": 0, "waiting": 0, "notDue": 3, "refused": 0}


def test_refused_syncs_are_counted_in_the_response_and_in_the_metrics(
    functions: LambdaClient, system: System, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.refuses = True
    website = system.add_website()
    output = listen(capsys, monkeypatch)

    response = API.get(CRON)

    assert (response.status, response.body["started"], response.body["refused"]) == (200, 0, 1)
    assert system.app.website(website)["magentoAutoUploadStatus"] == "STOPPED"
    assert '"RefusedSyncs":[1.0]' in output.text.replace(" ", "")
    assert '"FanOuts":[1.0]' in output.text.replace(" ", "")


def test_the_fan_out_ends_before_api_gateway_times_out(
    functions: LambdaClient, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.runs = False
    for path in ("", "/nl", "/fr"):
        system.add_website(f"mokken.example{path}")
    pauses: list[float] = []
    monkeypatch.setattr(Deadline, "of", lambda _context: Deadline(29.0, clock=lambda: sum(pauses)))
    monkeypatch.setattr(dispatch.fan_out, "__defaults__", (pauses.append,))

    response = API.get(CRON)

    assert (response.body["started"], response.body["waiting"]) == (2, 1)
    assert 0 < sum(pauses) <= 25


def test_a_caller_limited_to_some_websites_is_forbidden(functions: LambdaClient, system: System) -> None:
    website = system.add_website()

    response = Api(claims={"websites": website}).get(CRON)

    assert (response.status, response.code) == (403, "FORBIDDEN")
    assert functions.events == []
