"""`credentials`: stored only after a sign-in, moved without loss, never shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.support.operator_commands import FUNCTION, REGION
from tests.support.system import PREFIX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.operator_commands import Command
    from tests.support.system import System

PASSWORD = {"username": "admin", "password": "right-password"}


@pytest.fixture
def website(stage: System) -> str:
    """A website without credentials."""
    return stage.app.add_website("mokken.example", magentoApiUrl=stage.shop.address)


def _stored(stage: System, website: str) -> object:
    found = stage.ssm.get_parameters(Names=[f"{PREFIX}/{website}"], WithDecryption=True)["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


@pytest.mark.parametrize("kind", ["oauth", "bearer", "password"])
def test_credentials_are_stored_once_the_shop_has_accepted_them(
    ops: Command, stage: System, website: str, kind: str
) -> None:
    token = stage.integration.access_token
    given = {"oauth": stage.integration.oauth, "bearer": {"bearerToken": token}, "password": PASSWORD}[kind]

    done = ops("credentials", "set", "mokken.example", given=json.dumps(given))

    assert done.code == 0, done.err
    assert _stored(stage, website) == given
    assert not any(secret in done.out + done.err for secret in given.values() if secret != "admin")
    assert ops("credentials", "check", website).code == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [({"bearerToken": "x" * 32}, "BEARER_REFUSED"), ({"token": "s3cret"}, "CREDENTIALS_UNREADABLE")],
)
def test_credentials_that_are_refused_are_not_stored(
    ops: Command, stage: System, website: str, given: dict[str, str], code: str
) -> None:
    done = ops("credentials", "set", website, given=json.dumps(given))

    assert done.code == 1
    assert f"Nothing was stored. {code}" in done.err
    assert "s3cret" not in done.err
    assert _stored(stage, website) is None


def test_credentials_are_encrypted_with_the_key_of_the_database_url(ops: Command, stage: System, website: str) -> None:
    name = stage.settings.database_url_parameter
    value = stage.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    stage.ssm.put_parameter(Name=name, Value=value, Type="SecureString", KeyId="alias/own", Overwrite=True)

    ops("credentials", "set", website, given=json.dumps(stage.integration.oauth))

    keys = {one["Name"]: one["KeyId"] for one in stage.ssm.describe_parameters()["Parameters"]}
    assert keys[f"{PREFIX}/{website}"] == "alias/own"


def test_before_the_deployment_the_template_s_defaults_count(ops: Command, stage: System, website: str) -> None:
    boto3.client("lambda", region_name=REGION).delete_function(FunctionName=FUNCTION)

    done = ops("credentials", "set", website, given=json.dumps(stage.integration.oauth))

    # The shop of the test has no TLS.
    assert "ADDRESS_INSECURE" in done.err


def test_a_check_names_what_the_shop_refuses(ops: Command, stage: System, website: str) -> None:
    assert ops("credentials", "check", website, "--json").json["code"] == "CREDENTIALS_MISSING"
    stage.put_credentials(website, {"bearerToken": "x" * 32})

    done = ops("credentials", "check", website, "--json")

    assert (done.code, done.json["code"]) == (1, "BEARER_REFUSED")


def test_an_import_moves_a_token_and_says_that_a_password_is_left(ops: Command, stage: System, website: str) -> None:
    token = stage.integration.access_token
    stage.app.change_website(website, magentoBearerToken=token, magentoApiKey="user", magentoApiSecret="pass")

    (moved,) = ops("credentials", "import", "--all", "--json").json

    assert moved["result"] == "moved"
    assert "Clear them by hand" in moved["reason"]
    assert _stored(stage, website) == {"bearerToken": token}
    row = stage.app.website(website)
    assert [row[f"magento{name}"] for name in ("BearerToken", "ApiKey", "ApiSecret")] == [None, "user", "pass"]


def test_an_import_moves_a_password_and_a_second_one_finds_nothing(ops: Command, stage: System, website: str) -> None:
    stage.app.change_website(website, magentoApiKey="admin", magentoApiSecret="right-password")

    assert ops("credentials", "import", website).code == 0

    assert _stored(stage, website) == PASSWORD
    assert stage.app.website(website)["magentoApiSecret"] is None
    again = ops("credentials", "import", "--all")
    assert (again.code, again.out) == (0, "No column holds credentials.\n")
    assert stage.sync(website)["status"] == "COMPLETED"


def test_a_dry_run_of_an_import_signs_in_and_changes_nothing(ops: Command, stage: System, website: str) -> None:
    stage.app.change_website(website, magentoBearerToken=stage.integration.access_token)

    (move,) = ops("credentials", "import", "--all", "--dry-run", "--json").json

    assert move["result"] == "would move"
    assert _stored(stage, website) is None
    assert stage.app.website(website)["magentoBearerToken"]
    assert stage.shop.requests


@pytest.mark.parametrize(
    ("columns", "in_ssm", "reason"),
    [
        ({"magentoBearerToken": "x" * 32}, None, "The shop rejects the token"),
        ({"magentoApiKey": "admin"}, None, "a user name or a password is missing"),
        ({"magentoBearerToken": "x" * 32}, {"bearerToken": "y" * 32}, "holds other credentials"),
    ],
    ids=["refused", "incomplete", "different"],
)
def test_an_import_keeps_columns_that_it_cannot_move_safely(  # noqa: PLR0913, PLR0917 - a row of the table
    ops: Command,
    stage: System,
    website: str,
    columns: dict[str, str],
    in_ssm: dict[str, str] | None,
    reason: str,
) -> None:
    stage.app.change_website(website, **columns)
    if in_ssm:
        stage.put_credentials(website, in_ssm)
    before = stage.app.website(website)

    done = ops("credentials", "import", "--all", "--json")

    assert done.code == 1
    assert [(one["result"], reason in one["reason"]) for one in done.json] == [("kept", True)]
    assert stage.app.website(website) == before
    assert _stored(stage, website) == in_ssm


@pytest.mark.parametrize("form", ["csv", "json lines"])
def test_credentials_of_many_websites_are_loaded_and_each_refusal_is_named(
    ops: Command, stage: System, website: str, tmp_path: Path, form: str
) -> None:
    other = stage.app.add_website("lampen.example", magentoApiUrl=stage.shop.address)
    token = stage.integration.access_token
    lines = [("mokken.example", token), (other, "x" * 32), ("nobody.example", token)]
    file = tmp_path / "credentials"
    if form == "csv":
        file.write_text("\n".join(["website,bearerToken", *(",".join(line) for line in lines)]))
    else:
        file.write_text("\n".join(json.dumps({"website": one, "bearerToken": secret}) for one, secret in lines))

    done = ops("credentials", "load", str(file), "--json")

    assert done.code == 1
    assert [one["code"] for one in done.json] == [None, "BEARER_REFUSED", "NoSuchWebsite"]
    assert _stored(stage, website) == {"bearerToken": token}
    assert _stored(stage, other) is None
    assert token not in done.out


def test_credentials_need_ssm(ops: Command, website: str, database_url: str) -> None:
    ops.where, ops.environment = [], {"DATABASE_URL": database_url}

    done = ops("credentials", "set", website, given="{}")

    assert done.code == 2
    assert "--stage" in done.err
