"""Figures are medians with their spread; ratios are taken within a round."""

from __future__ import annotations

import pytest

from bench.figures import figure, ratio


def test_a_figure_is_the_median_with_the_lowest_and_the_highest_value() -> None:
    assert str(figure([30.0, 10.0, 12.0], "ms")) == "12 ms (10 to 30)"


def test_a_single_measurement_has_no_spread() -> None:
    assert str(figure([172.4], "orders/s")) == "172 orders/s"


def test_a_ratio_compares_the_measurements_of_the_same_round() -> None:
    found = ratio(figure([10.0, 100.0]), figure([5.0, 50.0]))

    assert found.values == (2.0, 2.0)


def test_figures_of_different_rounds_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio(figure([1.0, 2.0]), figure([1.0]))
