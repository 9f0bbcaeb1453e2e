"""A sync without Lambda: the real database, the real shop over HTTP, the real code between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from local.shop import Integration, Shop, ShopSettings, recorded_orders, recorded_stores
from magento_sync.aws import bootstrap, invocations
from magento_sync.aws.parameters import forget_parameters
from magento_sync.observability import metrics
from tests.support.functions import LambdaClient
from tests.support.system import SETTINGS, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ssm import SSMClient

    from magento_sync.db.connection.database import Database
    from tests.support.app import App

DOMAINS = {
    1: "https://mokken.example/",
    2: "https://mokken.example/nl/",
    3: "https://lampen.example/",
    4: "https://lampen.example/",
    6: "https://lampen.example/fr/",
}
INTEGRATION = Integration.named("sync")


@pytest.fixture
def shop() -> Iterator[Shop]:
    """The recorded shop under domains of its own; it takes Bearer and OAuth."""
    shop = Shop(
        recorded_orders(),
        stores=recorded_stores(DOMAINS),
        integrations=[INTEGRATION],
        admins={"admin": "right-password"},
        settings=ShopSettings(bearer_allowed=True),
    )
    with shop.serving():
        yield shop


@pytest.fixture(scope="session")
def ssm() -> SSMClient:
    """One client for all tests: botocore takes longer to make one than most tests take."""
    with mock_aws():
        return boto3.client("ssm", region_name="eu-west-1")


@pytest.fixture
def aws(ssm: SSMClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[SSMClient]:
    """AWS's edge, with nothing in it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    # boto3 alone: otherwise each request to the shop would be compared with 1,300 addresses of AWS.
    monkeypatch.setattr("moto.core.models.RESPONSES_METHODS", [])
    with mock_aws():
        forget_parameters()
        yield ssm
        forget_parameters()


@pytest.fixture
def system(database: Database, app: App, shop: Shop, aws: SSMClient) -> System:
    """Everything together, with credentials for the shop in SSM as soon as a website is added."""
    return System(database, app, shop, INTEGRATION, SETTINGS, aws)


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that fails or is busy is asked again without a wait."""
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.0001)
    monkeypatch.setattr("magento_sync.magento.client.FIRST_PAUSE_SECONDS", 0.0001)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Metrics from nothing: outside a handler they pile up, and are published at the hundredth value of one."""
    monkeypatch.setattr(metrics.provider, "namespace", "MagentoSync")
    metrics.provider.clear_metrics()
    yield
    metrics.provider.clear_metrics()


@pytest.fixture
def functions(system: System, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaClient]:
    """The functions' surroundings on AWS; gives the Lambda that they invoke."""
    settings = system.settings
    system.ssm.put_parameter(Name=settings.database_url_parameter, Value=database_url, Type="SecureString")
    for name, value in {
        "DATABASE_URL_PARAMETER": settings.database_url_parameter,
        "CREDENTIALS_PREFIX": settings.credentials_prefix,
        "SITE_SYNC_FUNCTION": settings.site_sync_function,
        "PAGE_SIZE": "10",
        "ALLOW_INSECURE_SHOPS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    client = LambdaClient()
    monkeypatch.setattr(invocations, "client", lambda _service: client)
    bootstrap.settings.cache_clear()
    bootstrap.shared_database.cache_clear()
    yield client
    bootstrap.shared_database().close()
    bootstrap.settings.cache_clear()
    bootstrap.shared_database.cache_clear()
