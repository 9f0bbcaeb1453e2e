"""`credentials import --all --local`, killed before or after one of its steps: `python -m tests.support.killed_import`.

The first argument names the step, the second is `before` or `after`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from magento_sync.db import credential_columns
from ops.cli import main
from ops.credentials import move
from ops.credentials.move import Mover
from ops.credentials.store import CredentialsStore
from ops.sign_in import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

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


if __name__ == "__main__":
    owner, name = STEPS[sys.argv[1]]
    setattr(owner, name, _killing(getattr(owner, name), sys.argv[2]))
    sys.argv = ["ops", "credentials", "import", "--all", "--local"]
    main()
