"""After the result: in a terminal the stack goes on until Ctrl-C."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

from local import api_page

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from local.demo.websites import Site
    from local.stack import Stack

PATH = "/api/magento/auto-sync"


def serve(console: Console, stack: Stack, site: Site, state: Path) -> None:
    """Tells where everything is, and waits for Ctrl-C; without a terminal it does not wait."""
    logs = _short(state / "logs")
    when = "" if console.is_terminal else " (in a terminal, `make run` goes on serving for that until Ctrl-C)"
    console.print(f"Sync a website by hand, as the button in the app does{when}:", style="bold")
    _verbatim(console, f"curl {stack.api_url}{PATH} \\")
    _verbatim(console, "  -H 'Content-Type: application/json' \\")
    _verbatim(console, f"  -d '{json.dumps({'websiteId': site.id})}'")
    if not console.is_terminal:
        console.print(f"Logs: {logs}. What was imported stays; run the same command again to go on with it.")
        return
    console.print("Read the API's document, and try its calls:", style="bold")
    _verbatim(console, stack.api_url + api_page.PATH)
    console.print("Look into the database, and into the functions' logs:", style="bold")
    if "@127.0.0.1:" in stack.database_url:
        _verbatim(console, f"psql {stack.database_url}")
    _verbatim(console, f"tail -n 20 {logs}/*.log")
    console.print()
    console.print("Serving until Ctrl-C.", style="bold green")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopping; the data stay.")


def _verbatim(console: Console, line: str) -> None:
    """A line to copy: whatever the terminal's width, not broken."""
    console.print(f"  {line}", soft_wrap=True, style="cyan")


def _short(path: Path) -> str:
    """From the current folder, if it lies below that."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
