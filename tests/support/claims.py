"""What a fan-out claims first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.runs import claims

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.settings import Settings


def claim_due(transaction: Transaction, settings: Settings) -> claims.Batch:
    """Claims the due websites for which there are places."""
    return claims.claim_due(transaction, settings, claims.due(transaction))
