"""SSM parameters, decrypted and cached for five minutes."""

from __future__ import annotations

import time

from magento_sync.aws.clients import client
from magento_sync.errors import ConfigurationError

CACHE_SECONDS = 300.0

_cached: dict[str, tuple[str, float]] = {}


def secure_parameter(name: str, *, fresh: bool = False) -> str | None:
    """Returns the decrypted value of a SecureString, or None if the parameter does not exist.

    Args:
        name: The parameter's full name.
        fresh: Whether to read it from SSM even if it is cached.

    Raises:
        ConfigurationError: SSM refused the request or could not be reached.
    """
    value, expires = _cached.get(name, ("", 0.0))
    if not fresh and time.time() < expires:
        return value
    read = _read(name)
    if read is None:
        _cached.pop(name, None)
    else:
        _cached[name] = read, time.time() + CACHE_SECONDS
    return read


def forget_parameters() -> None:
    """Empties the cache."""
    _cached.clear()


def _read(name: str) -> str | None:
    ssm = client("ssm")
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see clients.py

    try:
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code == "ParameterNotFound":
        return None
    raise ConfigurationError(
        f"SSM did not return the parameter {name} ({code}). Check the function's permissions and the parameter's key."
    )
