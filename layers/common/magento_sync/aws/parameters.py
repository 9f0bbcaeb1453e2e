"""SSM parameters, decrypted and cached for five minutes."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from magento_sync.errors import ConfigurationError

CACHE_SECONDS = 300


@cache
def _provider() -> SSMProvider:
    return SSMProvider(boto_config=Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard"}))


def secure_parameter(name: str, *, fresh: bool = False) -> str | None:
    """Returns the decrypted value of a SecureString, or None if the parameter does not exist.

    Args:
        name: The parameter's full name.
        fresh: Whether to read it from SSM even if it is cached.

    Raises:
        ConfigurationError: SSM refused the request or could not be reached.
    """
    try:
        value = _provider().get(name, max_age=CACHE_SECONDS, force_fetch=fresh, decrypt=True)
    except GetParameterError as error:
        # Powertools keeps only the text; AWS's answer is in the exception that it handled.
        cause = error.__context__
        code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else type(cause).__name__
        if code == "ParameterNotFound":
            return None
        raise ConfigurationError(
            f"SSM did not return the parameter {name} ({code}). Check the function's permissions and the "
            "parameter's key."
        ) from None
    return str(value)


def forget_parameters() -> None:
    """Empties the cache."""
    _provider().clear_cache()  # type: ignore[no-untyped-call]
