"""`credentials import --all --local`, killed before or after one of its steps."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magento_sync.db import credential_columns
from ops.cli import main
from ops.credentials import move
from ops.credentials.move import Mover
from ops.credentials.store import CredentialsStore
from ops.sign_in import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT = "output"
STEPS: dict[str, tuple[Any, str]] = {
    "columns read": (move, "credentials_in_columns"),
    "parameter read": (CredentialsStore, "read"),
    "signed in": (Visitor, "check"),
    "parameter written": (CredentialsStore, "write"),
    "parameter verified": (CredentialsStore, "verify"),
    "columns cleared in the transaction": (credential_columns, "clear_token"),
    "columns cleared": (Mover, "clear"),
}


def _killing(step: Callable[..., object], when: str) -> Callable[..., object]:
    def killed(*arguments: object, **keywords: object) -> None:
        if when == "after":
            step(*arguments, **keywords)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


def run(folder: Path, step: str | None, when: str) -> None:
    """Runs the command in a folder of a local stack, with its output in a file there; kills it before or after a step.

    Without a step it runs to its end.
    """
    os.chdir(folder)
    with Path(OUTPUT).open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    for name in [name for name in os.environ if name.startswith(("AWS_", "DATABASE_"))]:
        del os.environ[name]
    if step:
        owner, name = STEPS[step]
        setattr(owner, name, _killing(getattr(owner, name), when))
    sys.argv = ["ops", "credentials", "import", "--all", "--local"]
    main()
