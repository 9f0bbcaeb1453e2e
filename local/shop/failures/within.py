"""Failures within Magento: they show only where the real answer would have been a success.

A caller without permission is refused first.
"""

from dataclasses import dataclass

from local.shop.failures.base import Fault, Real
from local.shop.http import responses
from local.shop.http.responses import Answer


class _WithinMagento(Fault):
    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        whole = real()
        return self.spoiled() if whole.status < 300 else whole  # noqa: PLR2004 success

    def spoiled(self) -> Answer:
        raise NotImplementedError


@dataclass(frozen=True)
class InternalError(_WithinMagento):
    """500 with a Report ID."""

    def spoiled(self) -> Answer:
        """Magento's answer to an exception that it does not know."""
        return responses.internal_error()


@dataclass(frozen=True)
class FatalError(_WithinMagento):
    """500 in the shape of a PHP fatal, such as out of memory."""

    def spoiled(self) -> Answer:
        """Magento's answer from its shutdown handler."""
        return responses.fatal_error()


@dataclass(frozen=True)
class LocalizedError(_WithinMagento):
    """400 in JSON: Magento's status for every `LocalizedException`, such as that of a payment extension."""

    text: str = "The requested Payment Method is not available."
    status: int = 400

    def spoiled(self) -> Answer:
        """Returns the error."""
        return responses.message(self.status, self.text)


@dataclass(frozen=True)
class MissingPermission(_WithinMagento):
    """401 that names a permission which the request does not need: an extension that loads something else."""

    resource: str = "Magento_Customer::manage"

    def spoiled(self) -> Answer:
        """Returns the refusal."""
        return responses.not_authorized(self.resource).answer


@dataclass(frozen=True)
class NotFound(_WithinMagento):
    """404 in JSON for what exists: a plugin that loads a deleted product."""

    def spoiled(self) -> Answer:
        """The same as for a missing order."""
        return responses.missing_order().answer


@dataclass(frozen=True)
class MessageOnly(_WithinMagento):
    """200 with nothing but a message."""

    text: str = "The product that was requested doesn't exist. Verify the product and try again."

    def spoiled(self) -> Answer:
        """The message."""
        return responses.message(200, self.text)


@dataclass(frozen=True)
class EmptyAnswer(_WithinMagento):
    """200 with `[]`."""

    def spoiled(self) -> Answer:
        """An empty list, as for malformed `fields`."""
        return responses.json_answer([])
