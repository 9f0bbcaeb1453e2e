"""The environment variables."""

from __future__ import annotations

from dataclasses import fields

import pytest

from magento_sync.errors import ConfigurationError
from magento_sync.settings import Settings

NEEDED = {
    "DATABASE_URL_PARAMETER": "/app/database-url",
    "CREDENTIALS_PREFIX": "/app/websites",
    "SITE_SYNC_FUNCTION": "site-sync",
}


def read(**more: str) -> Settings:
    return Settings.from_environment(NEEDED | more)


def test_defaults_are_the_designs() -> None:
    assert read() == Settings(
        "/app/database-url",
        "/app/websites",
        "site-sync",
        page_size=100,
        look_ahead=1000,
        gap_window=300,
        max_running=50,
        syncs_per_shop=2,
        connections_per_sync=1,
        first_import_days=0,
        enrich_customers=False,
        allow_insecure_shops=False,
    )


def test_each_variable_reaches_its_setting() -> None:
    got = read(
        PAGE_SIZE="7",
        LOOK_AHEAD="8",
        GAP_WINDOW="9",
        MAX_RUNNING="0",
        SYNCS_PER_SHOP="11",
        CONNECTIONS_PER_SYNC="3",
        FIRST_IMPORT_DAYS=" 12 ",
        ENRICH_CUSTOMERS="true",
        ALLOW_INSECURE_SHOPS="1",
        CONTACT=" ops@app.example ",
    )

    assert [getattr(got, field.name) for field in fields(got)][3:] == [
        7,
        8,
        9,
        0,
        11,
        3,
        12,
        True,
        True,
        "ops@app.example",
    ]


def test_slash_at_the_end_of_the_prefix_is_forgiven() -> None:
    assert read(CREDENTIALS_PREFIX="/app/websites/").credentials_prefix == "/app/websites"


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_variable_is_named(name: str, value: str | None) -> None:
    environment = {key: text for key, text in NEEDED.items() if key != name}
    if value is not None:
        environment[name] = value

    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAGE_SIZE", "0"),
        ("PAGE_SIZE", "301"),
        ("FIRST_IMPORT_DAYS", "36501"),
        ("PAGE_SIZE", "-1"),
        ("PAGE_SIZE", "1.5"),
        ("PAGE_SIZE", "²"),
        ("PAGE_SIZE", "٣"),
        ("PAGE_SIZE", "many"),
        ("LOOK_AHEAD", "0"),
        ("GAP_WINDOW", "501"),
        ("MAX_RUNNING", "9" * 5000),
        ("ENRICH_CUSTOMERS", "perhaps"),
        ("ALLOW_INSECURE_SHOPS", "2"),
    ],
)
def test_unusable_value_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    ("text", "expected"), [("True", True), ("yes", True), ("FALSE", False), ("no", False), ("0", False)]
)
def test_switches(text: str, expected: bool) -> None:  # noqa: FBT001 - pytest's way
    assert read(ENRICH_CUSTOMERS=text).enrich_customers is expected


@pytest.mark.parametrize("contact", ["ops@app.example\r\nX-Evil: 1", "ops@äpp.example"])
def test_a_contact_that_is_no_header_is_refused(contact: str) -> None:
    with pytest.raises(ConfigurationError, match="CONTACT"):
        read(CONTACT=contact)
