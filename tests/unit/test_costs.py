"""The amounts in `docs/costs.md` follow from the assumptions and prices on the same page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "costs.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip(" *") for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")
]
VALUE = {row[0]: float(row[1]) for row in ROWS if len(row) in {2, 3} and re.fullmatch(r"[\d.]+", row[1])}
AMOUNTS = {
    int(row[0].replace(",", "")): [float(cell) for cell in row[1:]]
    for row in ROWS
    if len(row) == 7 and row[0][0].isdigit()
}
STANDARD_PARAMETERS = 10_000


def _fan_out_seconds(websites: int) -> float:
    [formula] = [row[1] for row in ROWS if row[0] == "fan-out seconds"]
    base, rate = re.findall(r"[\d.]+", formula)
    return float(base) + float(rate) * websites


def _amounts(websites: int) -> list[float]:
    """Returns the amounts of Lambda, API, logs, metrics and SSM in dollars a month."""
    runs, requests = websites * VALUE["syncs"], websites * VALUE["requests"]
    gb_second = VALUE["GB"] * VALUE["a GB-second of Lambda (arm64)"]
    invocations = runs + VALUE["fan-outs"]
    seconds = runs * VALUE["sync seconds"] + VALUE["fan-outs"] * _fan_out_seconds(websites)
    request = VALUE["a request of an HTTP API"] + VALUE["an invocation"] + VALUE["request seconds"] * gb_second
    advanced = max(websites + 1 - STANDARD_PARAMETERS, 0)
    return [
        seconds * gb_second + invocations * VALUE["an invocation"],
        requests * request,
        (invocations + requests) * VALUE["log bytes"] * VALUE["a log byte"],
        VALUE["metrics"] * VALUE["a metric"] + VALUE["alarms"] * VALUE["an alarm"] + VALUE["a dashboard"],
        advanced * VALUE["an advanced parameter"],
    ]


@pytest.mark.parametrize("websites", [10, 40, 1_000, 10_000])
def test_the_amounts_follow_from_the_assumptions(websites: int) -> None:
    expected = [round(amount, 2) for amount in _amounts(websites)]
    assert AMOUNTS[websites] == [*expected, round(sum(_amounts(websites)), 2)]


def test_the_amounts_of_snapstart_follow_from_the_prices() -> None:
    functions, seconds = 2, 730 * 60 * 60
    month = functions * seconds * VALUE["GB"] * VALUE["a GB-second of a snapshot"]
    start = VALUE["GB"] * VALUE["a GB of a restored snapshot"]
    [stated] = [row[1] for row in ROWS if row[0] == "costs"]
    assert stated == f"{month:.2f} a month for both functions, and {start:.5f} for each start"
    assert f"(`ApiSnapStart`): {month:.2f}." in TEXT


def test_the_numbers_of_metrics_and_alarms_are_those_of_the_template() -> None:
    listed = (DOCS / "operations.md").read_text(encoding="utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    metrics = [
        name for row in re.findall(r"^\| (`.+?) \|", listed, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]
    template = yaml_parse((DOCS.parent / "template.yaml").read_text(encoding="utf-8"))
    alarms = [it["Properties"] for it in template["Resources"].values() if it["Type"] == "AWS::CloudWatch::Alarm"]
    watched = sum(
        len([part for part in it["Metrics"] if "MetricStat" in part]) if "Metrics" in it else 1 for it in alarms
    )
    assert (len(metrics), watched) == (VALUE["metrics"], VALUE["alarms"])
