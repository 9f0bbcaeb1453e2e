"""Runs a sync in its own process and prints its peak memory: `python -m tests.support.one_sync URL WEBSITE FILE`."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from unittest.mock import patch

from magento_sync.db.connection.database import Database
from magento_sync.observability import metrics
from magento_sync.sync.website_sync import Sync
from tests.support.deadlines import deadline_with
from tests.support.system import SETTINGS


def main(url: str, website_id: str, credentials: str) -> None:
    """Prints the summary and the peak in kilobytes, as JSON."""
    database = Database(lambda *, fresh=False: url)  # noqa: ARG005
    sync = Sync(database, SETTINGS, deadline_with(lambda: 900.0), lambda *_: None)
    with (
        patch("magento_sync.sync.credentials.secure_parameter", return_value=credentials),
        # Outside a handler nothing publishes them, and they would mix with what is printed here.
        patch.object(metrics, "add_metric"),
    ):
        summary = sync.claim_and_run(website_id, f"measured-{website_id}")
    database.close()
    print(json.dumps({"summary": summary, "peak": peak()}))  # noqa: T201


def peak() -> int:
    """The most memory that this process has held, in kilobytes.

    Linux lets `ru_maxrss` begin with what the starting process held.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
