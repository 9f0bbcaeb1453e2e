"""A shop's failure in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.messages import sentence

if TYPE_CHECKING:
    from magento_sync.errors import ShopError


def english(error: ShopError) -> str:
    """Returns the sentence of a shop's failure."""
    return sentence(error.code, "en", {"permission": "unknown", **error.parameters})
