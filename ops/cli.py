"""The command and its subcommands."""

from __future__ import annotations

import logging

import click

from magento_sync.observability import logger
from ops.credentials.commands import credentials
from ops.doctor.command import doctor
from ops.failures import failures
from ops.migrate import migrate_group
from ops.operator import WHERE
from ops.quarantine import quarantine_group
from ops.run import run
from ops.status import status
from ops.watermark import watermark
from ops.websites import websites


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=WHERE)
def cli() -> None:
    """Looks after magento-sync: finds faults, moves credentials, starts syncs.

    Exit codes: 0 all is well, 1 something is to be repaired, 2 wrong usage.
    """


for command in (doctor, status, websites, run, credentials, migrate_group, quarantine_group, watermark, failures):
    cli.add_command(command)


def main() -> None:
    """Runs the command. The layer's log, which is made for Lambda, would only disturb its output."""
    logger.setLevel(logging.CRITICAL)
    cli(prog_name="python -m ops")
