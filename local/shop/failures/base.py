"""What a failure is."""

from collections.abc import Callable

from local.shop.http.responses import Answer

Real = Callable[[], Answer]
"""Computes the answer that a healthy shop would give."""


class Fault:
    """One way to fail."""

    def answer(self, real: Real, target: str) -> Answer:
        """The answer instead of (or made of) the real one; `target` is what was asked for."""
        raise NotImplementedError
