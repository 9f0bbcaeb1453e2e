"""The timed handler with a profile: the result also has the processor's time of each package's own code, in seconds."""

from __future__ import annotations

import cProfile
import sys
import time
from collections import defaultdict
from pstats import Stats
from typing import Any

from timed import handler as timed_handler  # type: ignore[import-not-found]


def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ANN401 - any event, any context
    """Returns what the timed handler returns, and the profile of this invocation."""
    profile = cProfile.Profile(time.process_time)
    result: dict[str, Any] = profile.runcall(timed_handler, event, context)
    return {**result, "profile": _by_package(Stats(profile))}


def _by_package(stats: Stats) -> dict[str, float]:
    """Returns the time of each package; that of a function in C counts for its caller."""
    # Not the keys of sys.modules: requests adds names of its own for urllib3.
    packages = {getattr(it, "__file__", None): it.__name__.partition(".")[0] for it in sys.modules.values()}
    times: defaultdict[str, float] = defaultdict(float)
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # typeshed lacks it
        if file == "~":
            for (caller, _, _), (_, _, in_c, _) in callers.items():
                times[packages.get(caller, "Python's own")] += in_c
        else:
            times[packages.get(file, "Python's own")] += own
    return times
