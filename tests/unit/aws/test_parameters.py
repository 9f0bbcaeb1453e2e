"""SSM parameters."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from magento_sync.aws import parameters
from magento_sync.aws.clients import client, forget_clients
from magento_sync.aws.parameters import forget_parameters, secure_parameter
from magento_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ssm import SSMClient

NAME = "/magento-sync/test/one"


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[SSMClient]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        forget_parameters()
        yield boto3.client("ssm")
        forget_parameters()


def put(ssm: SSMClient, value: str) -> None:
    ssm.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)


def test_a_parameter_is_decrypted(ssm: SSMClient) -> None:
    put(ssm, "s3cret")

    assert ssm.get_parameter(Name=NAME)["Parameter"]["Value"] != "s3cret"
    assert secure_parameter(NAME) == "s3cret"


def test_a_parameter_is_cached_unless_a_fresh_value_is_requested(ssm: SSMClient) -> None:
    put(ssm, "old")
    assert secure_parameter(NAME) == "old"
    put(ssm, "new")

    assert secure_parameter(NAME) == "old"
    assert secure_parameter(NAME, fresh=True) == "new"
    assert secure_parameter(NAME) == "new"


def test_a_missing_parameter_is_none_and_not_cached(ssm: SSMClient) -> None:
    assert secure_parameter(NAME) is None
    put(ssm, "now")

    assert secure_parameter(NAME) == "now"


def test_a_deleted_parameter_is_forgotten_once_it_was_looked_for(ssm: SSMClient) -> None:
    put(ssm, "old")
    assert secure_parameter(NAME) == "old"
    ssm.delete_parameter(Name=NAME)

    assert secure_parameter(NAME, fresh=True) is None
    assert secure_parameter(NAME) is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidKeyId", "ThrottlingException"])
def test_a_refused_read_names_only_the_parameter_and_the_code(ssm: SSMClient, code: str) -> None:  # noqa: ARG001
    with Stubber(client("ssm")) as stub:
        for _ in range(3):
            stub.add_client_error("get_parameter", code, "role s3cret may not")
        with pytest.raises(ConfigurationError, match=rf"{NAME} \({code}\)") as caught:
            secure_parameter(NAME)

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_missing_credentials_raise_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    forget_clients()
    try:
        with pytest.raises(ConfigurationError, match="NoCredentialsError"):
            secure_parameter(NAME)
    finally:
        forget_clients()


def test_a_parameter_is_read_again_after_five_minutes(ssm: SSMClient, monkeypatch: pytest.MonkeyPatch) -> None:
    put(ssm, "old")
    assert secure_parameter(NAME) == "old"
    put(ssm, "new")

    now = time.time()
    monkeypatch.setattr("magento_sync.aws.parameters.time.time", lambda: now + parameters.CACHE_SECONDS - 1)
    assert secure_parameter(NAME) == "old"
    monkeypatch.setattr("magento_sync.aws.parameters.time.time", lambda: now + parameters.CACHE_SECONDS + 1)
    assert secure_parameter(NAME) == "new"
