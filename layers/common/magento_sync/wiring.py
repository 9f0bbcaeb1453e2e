"""The parts that an execution environment makes once and keeps."""

from __future__ import annotations

from functools import cache

from magento_sync.database import Database
from magento_sync.errors import ConfigurationError
from magento_sync.parameters import secure_parameter
from magento_sync.settings import Settings


@cache
def settings() -> Settings:
    """The operator's settings.

    Raises:
        ConfigurationError: A variable is missing or unusable.
    """
    return Settings.from_environment()


@cache
def database() -> Database:
    """The app's database, connected when first used."""
    return Database(_database_url)


def _database_url(*, fresh: bool = False) -> str:
    name = settings().database_url_parameter
    url = secure_parameter(name, fresh=fresh)
    if url is None:
        raise ConfigurationError(
            f"There is no SSM parameter {name}. Create it as a SecureString with the database's URL."
        )
    return url
