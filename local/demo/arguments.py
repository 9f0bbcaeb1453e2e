"""Checks the arguments of `make run` before anything starts: none is ignored."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    import argparse

ORIGIN = r"https?://[A-Za-z0-9.-]+(:\d+)?"
DEMO_ORDERS = 40
MOST_ORDERS = 100_000
MOST_PORTS = 65535


def check_arguments(options: argparse.Namespace) -> None:
    """Checks that the arguments are valid and fit together.

    Raises:
        LocalStackError: They do not.
    """
    own = options.domain or options.dry or options.days
    if bool(options.shop) != bool(options.credentials) or (not options.shop and own):
        raise LocalStackError(
            "For your own shop give both SHOP and CREDENTIALS: make run SHOP=https://shop.example CREDENTIALS=file.json"
        )
    if options.shop and options.orders is not None:
        raise LocalStackError("ORDERS is for the demo's shop: leave it out with SHOP.")
    if not options.shop and os.environ.get("DATABASE_URL"):
        raise LocalStackError(
            "DATABASE_URL is for your own shop: give SHOP and CREDENTIALS too, or unset DATABASE_URL to run the demo "
            "with a database of its own."
        )
    if options.orders is not None and not 1 <= options.orders <= MOST_ORDERS:
        raise LocalStackError(f"ORDERS must be a number from 1 to {MOST_ORDERS}.")
    if options.port is not None and not 1 <= options.port <= MOST_PORTS:
        raise LocalStackError(f"PORT must be a number from 1 to {MOST_PORTS}.")
    if options.origins and not re.fullmatch(f"{ORIGIN}(,{ORIGIN})*", options.origins):
        raise LocalStackError(
            "ORIGINS must be origins such as http://localhost:3000, separated by commas, without paths."
        )
