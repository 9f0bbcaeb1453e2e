"""The logger and the metrics of all functions. docs/operations.md lists every metric."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

logger = Logger()
metrics = Metrics()

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def count(name: str, value: int) -> None:
    """Adds to a metric. It has no dimensions: each website would cost a metric of its own."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def measure(name: str, seconds: float) -> None:
    """Adds a duration to a metric, which keeps every value, so that CloudWatch can compute percentiles."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)


def publishes_metrics(handler: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Makes a handler write its metrics to the log when it ends, also with an error.

    Unlike Powertools' own decorator, it does not warn if there are none: most requests of the API have none.
    """

    @wraps(handler)
    def publishing(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return handler(*args, **kwargs)
        finally:
            if metrics.provider.metric_set:
                metrics.flush_metrics()

    return publishing
