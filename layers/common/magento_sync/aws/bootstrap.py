"""What an execution environment creates once and keeps: settings and the database."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.db.connection.database import Database
from magento_sync.errors import ConfigurationError
from magento_sync.settings import Settings

if TYPE_CHECKING:
    from magento_sync.deadline import Deadline


@cache
def settings() -> Settings:
    """Returns the operator's settings.

    Raises:
        ConfigurationError: A variable is missing or invalid.
    """
    return Settings.from_environment()


@cache
def shared_database() -> Database:
    """Returns the app's database, connected when first used."""
    # With SnapStart, all copies of a snapshot would otherwise draw the same pauses between retries.
    random.seed()
    return Database(_database_url)


def database(deadline: Deadline | None = None) -> Database:
    """Returns the app's database for this invocation.

    Args:
        deadline: When the invocation ends: until then, transient failures of the database are retried.
    """
    shared = shared_database()
    shared.deadline = deadline
    return shared


def _database_url(*, fresh: bool = False) -> str:
    name = settings().database_url_parameter
    url = secure_parameter(name, fresh=fresh)
    if url is None:
        raise ConfigurationError(
            f"There is no SSM parameter {name}. Create it as a SecureString with the database's URL."
        )
    return url
