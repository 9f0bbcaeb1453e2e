"""Failures within Magento: they replace successful responses only, so a client without permission is refused first."""

from dataclasses import dataclass

from local.shop.failures.base import Failure, Healthy
from local.shop.http import responses
from local.shop.http.responses import Response


class _WithinMagento(Failure):
    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        response = healthy()
        return self._error() if response.succeeded else response

    def _error(self) -> Response:
        raise NotImplementedError


@dataclass(frozen=True)
class InternalError(_WithinMagento):
    """500 with a report id."""

    def _error(self) -> Response:
        return responses.internal_error()


@dataclass(frozen=True)
class FatalError(_WithinMagento):
    """500 after a fatal error of PHP, such as too little memory."""

    def _error(self) -> Response:
        return responses.fatal_error()


@dataclass(frozen=True)
class LocalizedError(_WithinMagento):
    """400 in JSON: Magento's status for every `LocalizedException`, such as that of a payment extension."""

    text: str = "The requested Payment Method is not available."
    status: int = 400

    def _error(self) -> Response:
        return responses.message(self.status, self.text)


@dataclass(frozen=True)
class MissingPermission(_WithinMagento):
    """401 that names a permission which the request does not need: an extension loads something else."""

    resource: str = "Magento_Customer::manage"

    def _error(self) -> Response:
        return responses.not_authorized(self.resource).response


@dataclass(frozen=True)
class NotFound(_WithinMagento):
    """404 in JSON for something that exists: an extension loads a deleted product."""

    def _error(self) -> Response:
        return responses.missing_order().response


@dataclass(frozen=True)
class MessageOnly(_WithinMagento):
    """200 with nothing but a message."""

    text: str = "The product that was requested doesn't exist. Verify the product and try again."

    def _error(self) -> Response:
        return responses.message(200, self.text)


@dataclass(frozen=True)
class EmptyAnswer(_WithinMagento):
    """200 with `[]`."""

    def _error(self) -> Response:
        return responses.json_response([])
