"""`credentials import` loses no secret, wherever it is killed, and the next one goes on."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.clients import client
from local.aws.moto_server import MotoServer
from tests.integration.conftest import INTEGRATION
from tests.support.killed_import import OUTPUT, STEPS, run
from tests.support.operator_commands import VARIABLES
from tests.support.processes import PROCESSES
from tests.support.system import PREFIX, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.shop import Shop
    from tests.support.app import App

TOKEN = INTEGRATION.access_token


@pytest.fixture(scope="module")
def ssm_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with MotoServer(tmp_path_factory.mktemp("moto") / "moto.log") as moto:
        moto.wait()
        yield moto.url


@pytest.fixture
def ssm(ssm_url: str) -> Iterator[Any]:
    made = client("ssm", ssm_url)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, ssm_url: str, ssm: Any, database_url: str) -> Path:  # noqa: ANN401 - boto3's
    """The folder of a local stack with that SSM."""
    ssm.put_parameter(Name=SETTINGS.database_url_parameter, Value=database_url, Type="SecureString", Overwrite=True)
    variables = {
        **VARIABLES,
        "AWS_ENDPOINT_URL_SSM": ssm_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(variables))
    return tmp_path


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_import_loses_no_secret_and_can_be_repeated(  # noqa: PLR0913, PLR0917 - fixtures
    folder: Path,
    ssm: Any,  # noqa: ANN401
    app: App,
    shop: Shop,
    step: str,
    when: str,
) -> None:
    website = app.add_website("mokken.example", magentoApiUrl=shop.address, magentoBearerToken=TOKEN)

    assert _import(folder, step, when) == -signal.SIGKILL, _printed(folder)

    assert TOKEN in {app.website(website)["magentoBearerToken"], _stored(ssm, website)}
    assert _import(folder) == 0, _printed(folder)
    assert app.website(website)["magentoBearerToken"] is None
    assert _stored(ssm, website) == TOKEN
    assert _printed(folder)
    assert TOKEN not in _printed(folder)


def _stored(ssm: Any, website: str) -> str | None:  # noqa: ANN401
    with suppress(ssm.exceptions.ParameterNotFound):
        answer = ssm.get_parameter(Name=f"{PREFIX}/{website}", WithDecryption=True)
        return str(json.loads(answer["Parameter"]["Value"])["bearerToken"])
    return None


def _printed(folder: Path) -> str:
    return (folder / OUTPUT).read_text()


def _import(folder: Path, step: str | None = None, when: str = "") -> int | None:
    """Runs the command in a process and returns its exit code."""
    process = PROCESSES.Process(target=run, args=(folder, step, when))
    process.start()
    process.join(120)
    return process.exitcode
