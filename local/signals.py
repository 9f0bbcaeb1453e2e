"""Signals: Ctrl-C, SIGTERM and a closed terminal end the program in an orderly way."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def orderly_exit() -> Iterator[None]:
    """Turns the first of these signals into an exception and ignores further ones, which would disturb the cleanup.

    A signal that is already ignored (`nohup`, a shell's `&`) stays ignored.

    Raises:
        KeyboardInterrupt: After SIGINT.
        SystemExit: After another signal; the code is 128 plus its number.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def stop(number: int, _: object) -> None:
        for each in SIGNALS:
            # SIG_IGN would be inherited by processes that start from now on.
            signal.signal(each, lambda *_: None)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
