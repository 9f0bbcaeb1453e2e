"""The system of the integration tests."""

from tests.integration.conftest import aws, counted, shop, system

__all__ = ["aws", "counted", "shop", "system"]
