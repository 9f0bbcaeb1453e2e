"""The results show what is missed, and the chart is a picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bench.chart import bar_chart
from bench.results import Row, goal_table


def test_a_missed_goal_is_marked_as_missed() -> None:
    table = goal_table(
        [Row("speed", "2 ×", "at least 3 ×", met=False), Row("size", "33 MB", "at most 40 MB", met=True)]
    )

    assert "| speed | 2 × | at least 3 × | **missed** |" in table
    assert "| size | 33 MB | at most 40 MB | met |" in table


def test_the_chart_has_a_bar_for_each_program_in_proportion() -> None:
    chart = ET.fromstring(bar_chart([("<import>", {"floor": 400.0, "ours": 200.0})], "orders/s"))  # noqa: S314 - ours

    bars = chart.findall("{*}rect")[1:]  # the first one is the background
    assert [float(bar.attrib["width"]) for bar in bars] == [490.0, 245.0]
    assert "<import>, orders/s" in [text.text for text in chart.findall("{*}text")]
