"""The app's customers: a list to look through, and one entered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magento_sync.api.resolver import api_resolver
from magento_sync.observability import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = api_resolver()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
