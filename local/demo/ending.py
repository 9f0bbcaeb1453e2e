"""Ctrl-C, SIGTERM and a closed terminal end the program in order, whenever they come."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def orderly_end() -> Iterator[None]:
    """Turns the first of these signals into an exception, and lets nothing disturb the tidying up that follows.

    A signal that is ignored already (`nohup`, a shell's `&`) stays so.

    Raises:
        KeyboardInterrupt: SIGINT came.
        SystemExit: Another one came; the code is 128 and its number.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def end(number: int, _: object) -> None:
        for each in SIGNALS:
            # Not SIG_IGN: processes started from now on would inherit that.
            signal.signal(each, lambda *_: None)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
