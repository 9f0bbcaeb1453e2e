"""The pages: links lead somewhere, commands and names exist, and no command line holds a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from magento_sync.db.names import COLUMN_TYPES, COLUMNS, TABLE_RIGHTS, TABLES

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text(encoding="utf-8")
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("events/*.md")]
}
COMMANDS = "\n".join(re.findall(r"^ *```(?:sh)?\n(.*?)^ *```$", "\n".join(PAGES.values()), re.DOTALL | re.MULTILINE))
CODE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
SECRET = re.compile(r"--value (?!file://)|postgresql://\S+:\S+@|--user |Authorization: (?!Bearer …)")
WIDTH = 100


def _anchors(text: str) -> set[str]:
    """Returns the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", re.sub(r"\s*\n\s*", "", CODE.sub("", PAGES[page]))):
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES)
def test_prose_is_wrapped(page: str) -> None:
    for line in CODE.sub("", PAGES[page]).splitlines():
        assert len(line) <= WIDTH or line.startswith("|") or " " not in line.strip("*- "), line


def test_every_make_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)[ `]", "\n".join(PAGES.values())))

    assert named | set(re.findall(r"^make ([a-z-]+)", COMMANDS, re.MULTILINE)) <= targets


def test_every_setting_of_an_example_is_a_parameter() -> None:
    parameters = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    for example in re.findall(r"^parameter_overrides = \[(.*)\]$", "\n".join(PAGES.values()), re.MULTILINE):
        for name, value in re.findall(r'"(\w+)=([^"]*)"', example):
            assert re.fullmatch(parameters[name].get("AllowedPattern", ".*"), value), name
            assert value in map(str, parameters[name].get("AllowedValues", [value]))


def test_no_command_line_holds_a_secret() -> None:
    assert SECRET.findall(COMMANDS) == []


def test_the_tables_of_the_app_are_listed_with_their_columns_and_rights() -> None:
    rows = [line.split("|") for line in PAGES["docs/database.md"].splitlines() if line.startswith("| `")]
    listed = {
        (table, name)
        for row in rows
        for table in re.findall(r"`(\w+)`", row[1])
        for name in re.findall(r"`(\w+)`", row[2])
    }
    columns = {
        (TABLES[table], COLUMNS[key])
        for table, types in COLUMN_TYPES.items()
        for keys in types.values()
        for key in keys
    }
    rights = {(TABLES[table], right) for table, needed in TABLE_RIGHTS.items() for right in needed}

    assert columns | rights <= listed
