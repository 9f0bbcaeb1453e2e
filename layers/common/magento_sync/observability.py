"""The logger and the metrics of all functions."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count(name: str, value: int) -> None:
    """Adds to a metric. It has no dimensions: each website would cost a metric of its own."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
