"""The parts that an execution environment makes once and keeps."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.db.connection.database import Database
from magento_sync.errors import ConfigurationError
from magento_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


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


def database_within(seconds_left: Callable[[], float]) -> Database:
    """The app's database; what fails for a moment is tried again in the time that this invocation has left."""
    connected = database()
    connected.seconds_left = seconds_left
    return connected


def _database_url(*, fresh: bool = False) -> str:
    name = settings().database_url_parameter
    url = secure_parameter(name, fresh=fresh)
    if url is None:
        raise ConfigurationError(
            f"There is no SSM parameter {name}. Create it as a SecureString with the database's URL."
        )
    return url
