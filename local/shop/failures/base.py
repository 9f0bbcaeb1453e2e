"""The interface of a failure."""

from collections.abc import Callable

from local.shop.http.responses import Response

Healthy = Callable[[], Response]
"""Returns the response of a healthy shop."""


class Failure:
    """One way to fail."""

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the response to a request for `target` (path and query)."""
        raise NotImplementedError
