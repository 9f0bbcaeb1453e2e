"""The caller of a request, and the websites that they may access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magento_sync.api.http.errors import ApiError
from magento_sync.db import websites
from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website

CLAIM = "websites"


@dataclass(frozen=True)
class Caller:
    """A caller whom API Gateway has authorized.

    Attributes:
        websites: Ids of the websites that the caller may access; None for all.
    """

    websites: frozenset[str] | None = None

    @classmethod
    def of(cls, request_context: Mapping[str, Any]) -> Self:
        """Returns the caller by their token's claim `websites`: ids separated by spaces; a list arrives as `[a b]`.

        Without that claim, or without a token (AWS_IAM), the caller may access all websites; with an unreadable claim,
        none. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
        """
        claims = ((request_context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {}
        if CLAIM not in claims:
            return cls()
        claim = claims[CLAIM]
        ids = claim.strip() if isinstance(claim, str) else ""
        if ids.startswith("[") and ids.endswith("]"):
            ids = ids[1:-1]
        return cls(frozenset(website_id for website_id in ids.split() if website_id == storable(website_id)))

    def may_access(self, website_id: str) -> bool:
        """Returns whether the caller may access the website."""
        return self.websites is None or website_id in self.websites

    def check_website(self, website_id: str) -> None:
        """Checks that the caller may access the website.

        Raises:
            ApiError: 404, as for a website that does not exist.
        """
        if not self.may_access(website_id):
            raise ApiError(404, "WEBSITE_NOT_FOUND")

    def find_website(self, transaction: Transaction, website_id: str) -> Website:
        """Returns the website.

        Raises:
            ApiError: 404: it does not exist, or the caller may not access it.
        """
        self.check_website(website_id)
        website = websites.find(transaction, website_id)
        if website is None:
            raise ApiError(404, "WEBSITE_NOT_FOUND")
        return website

    def check_all_websites(self) -> None:
        """Checks that the caller may access all websites.

        Raises:
            ApiError: 403.
        """
        if self.websites is not None:
            raise ApiError(403, "FORBIDDEN")
