"""The addresses and commands to try after the result; in a terminal the stack serves until Ctrl-C."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from local import api_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console

    from local.demo.websites import SyncedWebsite
    from local.stack import Stack

PATH = "/api/magento/auto-sync"
STEP_SECONDS = 5.0


def show_next_steps(
    console: Console, stack: Stack, website: SyncedWebsite, state: Path, step: Callable[[], None] = lambda: None
) -> None:
    """Prints them and waits for Ctrl-C; without a terminal it prints the folder of the logs only.

    Calls `step` every five seconds.
    """
    logs = os.path.relpath(state / "logs")
    if not console.is_terminal:
        console.print(f"Logs: {logs}. The data is kept; in a terminal, make run also serves the API until Ctrl-C.")
        return
    _print(console, "See all websites, and start and stop their syncs:", stack.api_url)
    _print(
        console,
        "Start a sync by hand, like the app's button:",
        f"curl {stack.api_url}{PATH} \\",
        "  -H 'Content-Type: application/json' \\",
        f"  -d '{json.dumps({'websiteId': website.id})}'",
    )
    _print(console, "Read and try the API:", stack.api_url + api_page.PATH)
    if "@127.0.0.1:" in stack.database_url:
        _print(console, "Open the database:", f"psql {stack.database_url}")
    _print(console, "Read the logs:", f"tail -n 20 {logs}/*.log")
    console.print("\nServing until Ctrl-C.", style="bold green")
    try:
        while True:
            time.sleep(STEP_SECONDS)
            step()
    except KeyboardInterrupt:
        console.print("Stopping. The data is kept.")


def _print(console: Console, heading: str, *lines: str) -> None:
    """Prints lines to copy, unbroken at any width of the terminal."""
    console.print(heading, style="bold")
    for line in lines:
        console.print(f"  {line}", soft_wrap=True, style="cyan")
