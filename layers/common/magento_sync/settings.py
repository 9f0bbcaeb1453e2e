"""Reads the environment variables into one typed value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NUMBER = 20  # digits; int() raises for very long numbers
LARGEST_PAGE_SIZE = 300  # Magento's own maximum if its limit is on (recordings 60-limits-enabled-*)


@dataclass(frozen=True)
class Settings:
    """The operator's settings.

    Attributes:
        database_url_parameter: Name of the SSM SecureString that holds the database's URL.
        credentials_prefix: SSM path; `/` and a website's id make the name of that website's credentials.
        site_sync_function: Name or ARN of the function that syncs one website.
        page_size: Orders per page at the start of a run.
        look_ahead: How many ids probing reads above the highest known id.
        gap_window: How many ids below the watermark are read again if they are gaps.
        max_running: Maximum number of concurrent runs; 0 for no limit.
        syncs_per_shop: Maximum number of concurrent runs per shop; 0 for no limit.
        connections_per_sync: Maximum number of simultaneous requests of one run while many orders wait.
        first_import_days: Maximum age, in days, of an order of a first import; 0 for any age.
        enrich_customers: Whether billing names and product names are read.
        allow_insecure_shops: Whether `http` and private addresses are allowed, for local use.
        contact: A web or e-mail address of the operator, sent to shops in every `User-Agent`.
    """

    database_url_parameter: str
    credentials_prefix: str
    site_sync_function: str
    page_size: int = 100
    look_ahead: int = 1000
    gap_window: int = 300
    max_running: int = 50
    syncs_per_shop: int = 2
    connections_per_sync: int = 1
    first_import_days: int = 0
    enrich_customers: bool = False
    allow_insecure_shops: bool = False
    contact: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Reads and checks the variables.

        Raises:
            ConfigurationError: A variable is missing or invalid.
        """
        return cls(
            database_url_parameter=_text(environment, "DATABASE_URL_PARAMETER"),
            credentials_prefix=_text(environment, "CREDENTIALS_PREFIX").rstrip("/"),
            site_sync_function=_text(environment, "SITE_SYNC_FUNCTION"),
            page_size=_number(environment, "PAGE_SIZE", cls.page_size, smallest=1, largest=LARGEST_PAGE_SIZE),
            look_ahead=_number(environment, "LOOK_AHEAD", cls.look_ahead, smallest=1),
            gap_window=_number(environment, "GAP_WINDOW", cls.gap_window, largest=500),
            max_running=_number(environment, "MAX_RUNNING", cls.max_running),
            syncs_per_shop=_number(environment, "SYNCS_PER_SHOP", cls.syncs_per_shop),
            connections_per_sync=_number(
                environment, "CONNECTIONS_PER_SYNC", cls.connections_per_sync, smallest=1, largest=4
            ),
            first_import_days=_number(environment, "FIRST_IMPORT_DAYS", cls.first_import_days, largest=36500),
            enrich_customers=_switch(environment, "ENRICH_CUSTOMERS"),
            allow_insecure_shops=_switch(environment, "ALLOW_INSECURE_SHOPS"),
            contact=_header_text(environment, "CONTACT"),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"The environment variable {name} is not set; template.yaml sets it on AWS.")
    return value


def _header_text(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").strip()
    if not text.isascii() or not text.isprintable():
        raise ConfigurationError(f"The environment variable {name} may hold printable ASCII characters only.")
    return text


def _number(
    environment: Mapping[str, str], name: str, default: int, *, smallest: int = 0, largest: int = 1_000_000
) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER or not smallest <= int(text) <= largest:
        raise ConfigurationError(f"The environment variable {name} must be a number from {smallest} to {largest}.")
    return int(text)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip().lower()
    if text in {"", "false", "0", "no"}:
        return False
    if text in {"true", "1", "yes"}:
        return True
    raise ConfigurationError(f"The environment variable {name} must be true or false.")
