"""A website's credentials for its shop: from SSM, or from the website's own row where they have not been moved yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.db import runs
from magento_sync.db.names import names
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, check_credentials, parse_credentials
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.observability import logger

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.magento.address import ShopAddress
    from magento_sync.magento.auth.credentials import Credentials


def credentials_of(website: Website, prefix: str, *, fresh: bool = False) -> Credentials:
    """Returns the website's credentials, below an SSM path; `fresh` where a cached value must not be used.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_MISSING` or `CREDENTIALS_UNREADABLE`.
        ConfigurationError: SSM could not be asked.
    """
    name = f"{prefix}/{website.id}"
    stored = secure_parameter(name, fresh=fresh)
    if stored is not None:
        return parse_credentials(stored, name)
    in_columns = credentials_in_columns(website)
    if in_columns is None:
        raise ShopNeedsPerson("CREDENTIALS_MISSING", {"parameter": name})
    logger.warning("Credentials are in the website's row; move them to SSM", website_id=website.id, parameter=name)
    return in_columns


def usable_credentials(
    database: Database, website: Website, address: ShopAddress, prefix: str, *, fresh: bool = False
) -> Credentials:
    """Returns the website's credentials, but no password that was refused within a day: six refusals lock an account.

    Raises:
        ShopNeedsPerson: `PASSWORD_NOT_CHANGED`, or as `credentials_of`.
        ConfigurationError: SSM could not be asked.
    """
    credentials = credentials_of(website, prefix, fresh=fresh)
    if not isinstance(credentials, AdminCredentials):
        return credentials
    if not database.run(runs.was_refused, fingerprint(address.base, credentials)):
        return credentials
    if fresh:
        raise ShopNeedsPerson("PASSWORD_NOT_CHANGED")
    return usable_credentials(database, website, address, prefix, fresh=True)


def credentials_in_columns(website: Website) -> Credentials | None:
    """Returns the columns' credentials, if any; without a token, key and secret are an admin's name and password.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_UNREADABLE`.
    """
    token, user, password = (
        (text or "").strip() for text in (website.bearer_token, website.api_key, website.api_secret)
    )
    if token:
        return check_credentials(BearerToken(token), names().columns["bearer_token"])
    if user and password:
        return AdminCredentials(user, password)
    return None
