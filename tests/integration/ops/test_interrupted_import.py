"""`credentials import` loses no secret, wherever it is killed, and the next one goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.clients import client
from local.aws.moto_server import MotoServer
from tests.integration.conftest import INTEGRATION
from tests.support.killed_import import STEPS
from tests.support.operator_commands import VARIABLES
from tests.support.system import PREFIX, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.shop import Shop
    from tests.support.app import App

ROOT = Path(__file__).resolve().parents[3]
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

    killed = _python(folder, "-m", "tests.support.killed_import", step, when)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert TOKEN in {app.website(website)["magentoBearerToken"], _stored(ssm, website)}
    again = _python(folder, "-m", "ops", "credentials", "import", "--all", "--local", "--json")
    assert again.returncode == 0, again.stdout + again.stderr
    assert app.website(website)["magentoBearerToken"] is None
    assert _stored(ssm, website) == TOKEN
    assert TOKEN not in killed.stdout + killed.stderr + again.stdout + again.stderr


def _stored(ssm: Any, website: str) -> str | None:  # noqa: ANN401
    with suppress(ssm.exceptions.ParameterNotFound):
        answer = ssm.get_parameter(Name=f"{PREFIX}/{website}", WithDecryption=True)
        return str(json.loads(answer["Parameter"]["Value"])["bearerToken"])
    return None


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "common")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
