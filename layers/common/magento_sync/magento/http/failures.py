"""What a request to a shop fails with, typed by what the caller does next.

```
ShopError
├── RequestFailed       a control request shows whose fault it is: see orders/diagnosis.py
│   ├── ServerFailed        5xx, an unusable body, a broken connection: ask again
│   │   ├── InternalError       Magento's own 500: asking again at once is useless
│   │   ├── TimedOut            ask for less
│   │   ├── AnswerTooLarge      ask for less
│   │   └── Unreachable         nothing answered
│   ├── Busy                429 or 503: wait, then ask again
│   ├── Refused             any other 4xx, or a redirect
│   │   ├── Unauthorized        401
│   │   └── PageNotFound        404 that is not Magento's
│   └── PageTooLarge        ask for as many orders as the shop allows
├── NoSuchEntity        Magento's own 404 for an id
├── NoApi               try the address as it was typed
├── LongPause           leave the shop alone until another run
├── TimeIsUp            leave the rest to another invocation
└── LoginFailed         no token, hence no request
```
"""

from __future__ import annotations

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable


class RequestFailed(ShopError):
    """The shop did not answer what was asked; a control request shows whether the request is to blame.

    Attributes:
        repeatable: Whether the same request may succeed in a moment.
        asks_for_less: Whether a smaller page may succeed.
    """

    repeatable = False
    asks_for_less = False


class ServerFailed(RequestFailed, ShopUnavailable):
    """A 5xx, an unusable body or a broken connection: a damaged order, too large a page, or an outage."""

    repeatable = True


class InternalError(ServerFailed):
    """Magento's own 500. A damaged order answers so every time (recordings 70-*, 83-*)."""

    repeatable = False


class TimedOut(ServerFailed):
    """The whole answer did not come in time."""

    repeatable = False
    asks_for_less = True


class AnswerTooLarge(ServerFailed):
    """The answer holds more bytes than fit into memory."""

    repeatable = False
    asks_for_less = True


class Unreachable(ServerFailed):
    """Nothing answered: no address, no connection, or a broken connection."""


class Busy(RequestFailed, ShopUnavailable):
    """429 or 503: a rate limit, maintenance, or a cache's answer for any failure behind it."""

    repeatable = True
    asks_for_less = True


class Refused(RequestFailed, ShopNeedsPerson):
    """A 4xx or a redirect, by Magento or by something in front of it."""


class Unauthorized(Refused):
    """401: the credentials are refused, or a permission is missing: both look the same (recordings 46-*, 50-*, 51-*).

    Attributes:
        permission: The permission that the shop named, if any.
    """

    def __init__(self, code: str, permission: str | None = None) -> None:
        self.permission = permission
        super().__init__(code, {"permission": permission} if permission else None)


class PageNotFound(Refused):
    """404 by a web server or a firewall: Magento's own is JSON."""

    def __init__(self) -> None:
        super().__init__("WRONG_ADDRESS")


class PageTooLarge(RequestFailed):
    """The shop limits the page size, to the largest that it allows."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        super().__init__("PAGE_LIMIT", {"max": largest})


class NoSuchEntity(ShopError):
    """Magento's own 404 for an id that does not exist."""


class NoApi(ShopNeedsPerson):
    """Where every Magento has a route, this address has none (recording 63-unknown-route)."""

    def __init__(self) -> None:
        super().__init__("WRONG_ADDRESS")


class LongPause(ShopUnavailable):
    """The shop asks for a longer pause than an invocation waits."""


class TimeIsUp(ShopUnavailable):
    """The invocation has no time left for another request."""

    def __init__(self) -> None:
        super().__init__("TIME_IS_UP")


class LoginFailed(ShopUnavailable):
    """The shop gave no token for a name and a password that it did not refuse."""
