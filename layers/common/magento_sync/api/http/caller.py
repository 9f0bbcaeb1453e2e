"""Who calls, and which websites they may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magento_sync.api.http.errors import ApiError
from magento_sync.db import websites
from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website

CLAIM = "websites"


@dataclass(frozen=True)
class Caller:
    """Somebody whom API Gateway has let in.

    Attributes:
        websites: Ids of the websites that they may touch; None for all.
    """

    websites: frozenset[str] | None = None

    def may_touch(self, website_id: str) -> bool:
        """Whether the website is one of theirs."""
        return self.websites is None or website_id in self.websites

    def check_website(self, website_id: str) -> None:
        """Refuses a website that is not theirs, in the words for one that does not exist.

        Raises:
            ApiError: 404.
        """
        if not self.may_touch(website_id):
            raise ApiError(404, "WEBSITE_NOT_FOUND")

    def find_website(self, transaction: Transaction, website_id: str) -> Website:
        """The website, if there is one and it is theirs.

        Raises:
            ApiError: 404, the same for both.
        """
        self.check_website(website_id)
        website = websites.find(transaction, website_id)
        if website is None:
            raise ApiError(404, "WEBSITE_NOT_FOUND")
        return website

    def check_unlimited(self) -> None:
        """Refuses callers who are limited to some websites.

        Raises:
            ApiError: 403.
        """
        if self.websites is not None:
            raise ApiError(403, "FORBIDDEN")


def caller_of(request_context: Mapping[str, Any]) -> Caller:
    """The caller by the claim `websites` of their token, which separates ids by spaces; a list of them comes as `[a b]`.

    Without that claim, or without a token (AWS_IAM), they may touch all; a claim that cannot be read opens nothing.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    claims = ((request_context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {}
    if CLAIM not in claims:
        return Caller()
    told = claims[CLAIM]
    text = told.strip() if isinstance(told, str) else ""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return Caller(frozenset(one for one in text.split() if one == storable(one)))
