"""The parameters in SSM that hold credentials."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.errors import OperatorError, ShopError, ShopNeedsPerson
from magento_sync.magento.auth.credentials import parse_credentials
from magento_sync.sync.credentials import credentials_in_columns
from ops.aws import asking_aws, ssm

if TYPE_CHECKING:
    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from ops.target import Target

DEFAULT_KEY = "alias/aws/ssm"


class NotStored(OperatorError):
    """SSM does not return what was stored."""


@dataclass(frozen=True)
class CredentialsStore:
    """The parameters of a stage's websites."""

    target: Target

    def name(self, website_id: str) -> str:
        """Returns the name of a website's parameter."""
        return f"{self.target.credentials_prefix}/{website_id}"

    def read(self, website_id: str) -> Credentials | None:
        """Returns a website's credentials as SSM holds them now; None if there is no parameter.

        Raises:
            ShopNeedsPerson: `CREDENTIALS_UNREADABLE`.
            ConfigurationError: SSM could not be asked.
        """
        name = self.name(website_id)
        text = secure_parameter(name, fresh=True)
        return None if text is None else parse_credentials(text, name)

    def used_by(self, website: Website) -> Credentials:
        """Returns the credentials that a sync uses: those in SSM, otherwise those in the columns.

        Raises:
            ShopNeedsPerson: There are none, or they are unreadable.
            ConfigurationError: SSM could not be asked.
        """
        found = (self.read(website.id) if self.target.has_aws else None) or credentials_in_columns(website)
        if found is None:
            raise ShopNeedsPerson("CREDENTIALS_MISSING", {"parameter": self.name(website.id)})
        return found

    def write(self, website_id: str, credentials: Credentials) -> None:
        """Stores credentials, encrypted with the key that encrypts the database's URL, and replaces others.

        Raises:
            AwsRefused: SSM refused.
        """
        with asking_aws(f"store the parameter {self.name(website_id)}"):
            ssm().put_parameter(
                Name=self.name(website_id),
                Value=_as_json(credentials),
                Type="SecureString",
                Overwrite=True,
                KeyId=self._key(),
            )

    def verify(self, website_id: str, credentials: Credentials) -> None:
        """Reads the parameter back.

        Raises:
            NotStored: It holds something else.
        """
        try:
            stored = self.read(website_id)
        except ShopError:
            stored = None
        if stored != credentials:
            raise NotStored(
                f"SSM does not return what was stored in {self.name(website_id)}; nothing was cleared. Run the command "
                "again."
            )

    def _key(self) -> str:
        name = (self.target.variables or {}).get(
            "DATABASE_URL_PARAMETER", f"/magento-sync/{self.target.stage}/database-url"
        )
        with asking_aws("describe the stage's parameters"):
            found = ssm().describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"]
        return found[0].get("KeyId", DEFAULT_KEY) if found else DEFAULT_KEY


def _as_json(credentials: Credentials) -> str:
    return json.dumps({_camel(name): value for name, value in vars(credentials).items()})


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
