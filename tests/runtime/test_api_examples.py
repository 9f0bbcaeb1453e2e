"""The commands in `docs/api.md` work."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from local.packages import PROJECT

if TYPE_CHECKING:
    from tests.support.contract import Api

PAGE = (PROJECT / "docs" / "api.md").read_text("utf-8")
HERE = re.compile(r"^(\$MAGENTO_SYNC_URL|http://127\.0\.0\.1:\d+)(?=/)")
IDS_IN_THE_DOCS = {"cmwu641p9lrgxyh9y575egyl4": "own-run"}
"""Ids of `make run`, each with its equivalent in this database."""
EXPECTED = [("POST", 200), ("GET", 200), ("DELETE", 202), ("GET", 200), ("GET", 200)]
"""In the order of the document."""


@dataclass(frozen=True)
class Command:
    """A call of curl, without its signature, which the local API does not check."""

    method: str
    address: str
    headers: dict[str, str]
    body: str | None


def commands() -> list[Command]:
    blocks = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).replace("\\\n", " ")
    blocks = re.sub(r"<<END\n.*?\nEND$", "", blocks, flags=re.DOTALL | re.MULTILINE)
    return [_command(line) for line in blocks.splitlines()]


def _command(line: str) -> Command:
    program, address, *options = shlex.split(re.sub(r"^curl -X (\S+) (\S+)", r"curl \2 -X \1", line))
    assert program == "curl"
    given = list(zip(options[::2], options[1::2], strict=True))
    assert {name for name, _ in given} <= {"-X", "-H", "-d", "--aws-sigv4", "--config"}
    body = dict(given).get("-d")
    headers = dict(value.split(": ") for name, value in given if name == "-H")
    return Command(dict(given).get("-X", "POST" if body else "GET"), address, headers, body)


def test_every_command_in_the_docs_succeeds(api: Api) -> None:
    responses = [_run(api, command) for command in commands()]

    assert [
        (command.method, response.status_code) for command, response in zip(commands(), responses, strict=True)
    ] == EXPECTED


def _run(api: Api, command: Command) -> requests.Response:
    address = HERE.sub(api.url, command.address)
    for in_the_docs, here in IDS_IN_THE_DOCS.items():
        address = address.replace(in_the_docs, here)
    assert address.startswith(api.url)
    headers = {**command.headers, "Authorization": "Bearer everything"}
    return requests.request(command.method, address, headers=headers, data=command.body, timeout=30)
