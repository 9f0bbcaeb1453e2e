"""`make run`: the real program with a state folder of its own, as a process or, for an error, called in this one."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import psycopg
import pytest
import requests

from local.demo.arguments import DEMO_ORDERS
from local.demo.real_shop_arguments import TYPED, as_typed, real_shop
from local.demo.websites import demo_websites
from local.network import free_port
from local.packages import PROJECT
from local.postgres.server import PostgresServer
from local.run import main
from local.shop import Integration, Shop, many_orders, recorded_orders, recorded_stores
from magento_sync.messages import ENGLISH, sentence
from ops.migrate import migrate
from tests.support.app import App, make_app_tables
from tests.support.expected import EXPECTED, expected_customers, expected_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call = Callable[..., "Ended"]

PATIENCE = 90
INTEGRATION = Integration.named("real")
LIKE_MOKKEN = {"tassen.example": "mokken.example", "tassen.example/nl": "mokken.example/nl"}
COMMAND = [sys.executable, "-m", "local.run"]
OWN_VARIABLES = {"COLUMNS", "DATABASE_URL", "MAKEFLAGS", "MAKELEVEL", "NO_COLOR"}


@dataclass(frozen=True)
class Ended:
    """A finished run of the program."""

    code: int
    output: str
    errors: str


def run(state: Path, *arguments: str, **variables: str) -> Ended:
    """Runs the program to its end, without a terminal."""
    done = subprocess.run(
        [*COMMAND, "--state", str(state), *arguments],
        env=environment(**variables),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Returns a function like `run` that calls the program in this process, which is quicker."""
    for name in OWN_VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def call(state: Path, *arguments: str, **variables: str) -> Ended:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = main(["--state", str(state), *arguments])
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return call


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    return {**kept, "PYTHONPATH": str(PROJECT / "layers" / "common"), **variables}


def one_sentence(ended: Ended) -> str:
    """Returns the program's error, which is one sentence without a traceback."""
    assert ended.code == 1
    assert "Traceback" not in ended.errors
    assert ended.errors.count("\n") == 1
    return ended.errors


def processes_of(state: Path) -> list[str]:
    """Returns the processes whose command contains the state folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(state).encode() in text:
            found.append(text.decode())
    return found


# ------------------------------------------------------------------ the demo


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staat met spaties é") / "state"


@pytest.fixture(scope="module")
def first(state: Path) -> Ended:
    return run(state)


@pytest.fixture(scope="module")
def customers_after_first(state: Path, first: Ended) -> dict[str, list[dict[str, Any]]]:
    assert first.code == 0, first.errors
    return customers(state)


def customers(state: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the customers in the program's database by domain."""
    with (
        PostgresServer(state / "postgres") as server,
        psycopg.connect(server.url("app"), autocommit=True, row_factory=psycopg.rows.dict_row) as rows,
    ):
        app = App(rows)
        return {website.domain: app.customers(website.id) for website in demo_websites()}


def test_the_first_run_imports_the_expected_customers(customers_after_first: dict[str, list[dict[str, Any]]]) -> None:
    stored = {
        domain: {(row["email"], row["name"], row["purchaseDate"]) for row in rows}
        for domain, rows in customers_after_first.items()
    }

    wanted = {domain: expected_customers(domain) for domain in EXPECTED}
    wanted |= {domain: expected_customers(like) for domain, like in LIKE_MOKKEN.items()}
    klompen = stored.pop("klompen.example")
    assert stored == {**wanted, "fietsen.example": set()}
    assert len(klompen) > DEMO_ORDERS / 2


def test_the_output_shows_each_website_and_each_failure(first: Ended) -> None:
    assert first.code == 0
    assert first.errors == ""
    for word in ("Duplicate", "Repeat purchase", "Quarantine"):
        assert f"  {word}: " in first.output
    for domain in EXPECTED:
        customers, outcomes = len(expected_customers(domain)), Counter(expected_outcomes(domain).values())
        orders = outcomes.total()
        assert re.search(rf"^ *{domain} .* {orders}/{orders} +{customers} +done", first.output, re.MULTILINE)
        counts = " +".join(str(outcomes[one]) for one in ("imported", "duplicate", "repeat_purchase") if outcomes[one])
        assert re.search(rf"^ *{domain} +{counts}\b", first.output, re.MULTILINE)
    assert re.search(r"^ *klompen.example( +\d+)+ +1$", first.output, re.MULTILINE), "one order is quarantined"
    assert "failed: BEARER_REFUSED" in first.output
    assert "four OAuth values" in first.output


def test_without_a_terminal_the_output_has_no_control_characters(first: Ended) -> None:
    assert not set(first.output) & {chr(number) for number in range(32)} - {"\n"}


def test_the_address_is_printed_before_the_first_import_begins(first: Ended) -> None:
    address = re.search(r"The HTTP API is at http://127\.0\.0\.1:\d+\n", first.output)
    assert address
    assert address.start() < first.output.index(": reading")


def test_no_process_is_left(state: Path, first: Ended) -> None:
    assert first.code == 0
    assert processes_of(state) == []


# ------------------------------------------------------------------ in a terminal, and interrupted


@contextmanager
def in_terminal(
    state: Path, *arguments: str, typed: str = "", **variables: str
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[str], str]]]:
    """Runs the program in a terminal of 80 columns; yields it with a function that reads its output up to a text."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (40, 80))
    process = subprocess.Popen(
        [*COMMAND, "--state", str(state), *arguments],
        env=environment(TERM="xterm-256color", **variables),
        cwd=PROJECT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    os.write(master, typed.encode())
    seen = ""

    def read_until(text: str) -> str:
        nonlocal seen
        while text not in seen:
            try:
                part = os.read(master, 4096)
            except OSError:  # the program has closed it
                part = b""
            assert part, f"{text!r} is missing: {seen}"
            seen += part.decode("utf-8", "replace")
        return seen

    try:
        yield process, read_until
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_a_second_run_in_a_terminal_imports_nothing_and_serves_until_ctrl_c(
    state: Path, customers_after_first: dict[str, list[dict[str, Any]]]
) -> None:
    with in_terminal(state, NO_COLOR="1") as (process, read_until):
        seen = read_until("Serving until Ctrl-C.")
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen).replace("\r\n", "\n")
        command = re.search(r"^ *(curl (?:.*\\\n)*.*)$", plain, re.MULTILINE)
        assert command

        # Exactly the printed lines.
        answered = subprocess.run(
            ["/bin/sh", "-c", f"{command[1]} --silent"], capture_output=True, check=True, timeout=60
        )

        assert json.loads(answered.stdout)["message"] == "0 nieuwe klanten geïmporteerd"
        url = re.search(r"psql (postgresql://\S+)", plain)
        assert url
        with psycopg.connect(url[1]) as connection:
            assert connection.execute('SELECT count(*) FROM "Website"').fetchone() == (len(demo_websites()),)
        address = f"http://127.0.0.1:{int((state / 'port').read_text())}"
        assert f"{address}/docs" in plain, "the first run's port"
        for origin, allowed in (("http://localhost:5173", True), ("https://elsewhere.example", False)):
            listed = requests.get(f"{address}/api/magento/websites", headers={"Origin": origin}, timeout=30)
            assert len(listed.json()["websites"]) == len(demo_websites())
            assert ("access-control-allow-origin" in listed.headers) is allowed
        assert requests.get(address, timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        read_until("Stopping")
        assert process.wait(30) == 0
    assert plain.count("nothing new") >= len(demo_websites()) - 1
    assert "0 orders read, 0 new customers" in plain
    assert not re.search(r"\x1b\[(?:[0-9]+;)*[34][0-8]", seen), "NO_COLOR is honoured"
    assert processes_of(state) == []
    stored = customers(state)
    del stored["klompen.example"]  # new orders arrive there
    assert stored.items() <= customers_after_first.items()


def test_make_starts_the_program_alone_and_is_silent_after_ctrl_c(tmp_path: Path) -> None:
    """With a program in place of `local.run` that serves and ends like it."""
    given = ["Makefile", "template.yaml", "local/setup.sh", "requirements/dev.txt", "requirements/runtime.txt"]
    given += ["layers/common/requirements.txt", ".venv/ready", "build/local/ready"]
    for name in given:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((PROJECT / name).read_text("utf-8") if name == "Makefile" else "", "utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        '#!/bin/sh\necho "$1 $2" >>started\n[ "$1" = -m ] || exit 1\n'
        "trap 'exit 0' INT\necho serving\nwhile :; do sleep 0.1; done\n",
        "utf-8",
    )
    python.chmod(0o755)
    with subprocess.Popen(
        ["make", "run"],  # noqa: S607 - on PATH
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"serving\n"
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C reaches make, its shell and the program

        assert process.stderr.read() == b""
    assert (tmp_path / "started").read_text("utf-8") == "-m local.run\n"


def interrupt(state: Path, moment: str) -> Ended:
    """Runs the program and sends it the signal of Ctrl-C after it has printed a text."""
    process = subprocess.Popen(
        [*COMMAND, "--state", str(state)],
        env=environment(PYTHONUNBUFFERED="1"),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stderr
        while moment not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        error = process.stderr.read()
    return Ended(process.returncode, "", error)


def test_ctrl_c_during_the_start_ends_all_processes(
    tmp_path: Path, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    ended = interrupt(tmp_path, "Starting PostgreSQL")

    assert ended.code == 130
    assert "Traceback" not in ended.errors
    assert eventually(lambda: processes_of(tmp_path) == [])


def test_an_interrupted_run_is_resumed(tmp_path: Path, eventually: Callable[[Callable[[], Any]], Any]) -> None:
    ended = interrupt(tmp_path, "reading")
    assert ended.code == 130
    assert "Traceback" not in ended.errors
    assert eventually(lambda: processes_of(tmp_path) == [])

    again = run(tmp_path)

    assert again.code == 0, again.errors
    stored = customers(tmp_path)
    assert {domain: len(stored[domain]) for domain in EXPECTED} == {
        domain: len(expected_customers(domain)) for domain in EXPECTED
    }


# ------------------------------------------------------------------ your own shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    stores = recorded_stores({1: "https://mokken.example/", 2: "https://mokken.example/nl/"})
    shop = Shop(recorded_orders(), stores=stores, integrations=[INTEGRATION])
    with shop.serving():
        yield shop


@pytest.fixture
def right(tmp_path: Path) -> str:
    return credentials_file(tmp_path, INTEGRATION.oauth)


def credentials_file(folder: Path, content: object) -> str:
    file = folder / "my credentials.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


@pytest.fixture
def app_url(postgres: PostgresServer, request: pytest.FixtureRequest) -> str:
    """Creates a database with the app's tables only."""
    name = f"run_{abs(hash(request.node.nodeid))}"
    postgres.create_database(name)
    make_app_tables(postgres.url(name))
    return postgres.url(name)


def many_orders_shop() -> Shop:
    return Shop(many_orders(700), stores=recorded_stores({1: "https://mokken.example/"}), integrations=[INTEGRATION])


def test_your_own_shop_is_read_into_a_separate_local_database(call: Call, tmp_path: Path, right: str) -> None:
    """The run's figures, with more orders than the ledger keeps."""
    shop = many_orders_shop()
    with shop.serving():
        ended = call(tmp_path, "--shop", shop.address, "--credentials", right, "--domain", "mokken.example")

    assert ended.code == 0, ended.errors
    figures = re.search(r"^(\d+) orders read, (\d+) new customers in", ended.output, re.MULTILINE)
    assert figures
    assert int(figures[1]) > 600
    table = ended.output[ended.output.index("These orders by outcome") :]
    outcomes = re.search(r"^ *mokken\.example((?: +\d+)+)", table, re.MULTILINE)
    assert outcomes
    assert sum(map(int, outcomes[1].split())) == int(figures[1])
    assert outcomes[1].split()[0] == figures[2]
    assert (tmp_path / "own" / "postgres").is_dir()
    assert not (tmp_path / "postgres").exists()


def test_a_given_database_with_other_names_is_used(
    tmp_path: Path, shop: Shop, right: str, postgres: PostgresServer
) -> None:
    """The setting reaches the functions through the template's parameter."""
    other_names = "Website:crm.shops,Customer:people,Customer.email:mail,Website.magentoApiUrl:api_url,id:uid"
    postgres.create_database("other_names")
    url = postgres.url("other_names")
    tables = (PROJECT / "database" / "app-tables.sql").read_text()
    for usual, other in (('"id"', '"uid"'), ('"email"', '"mail"'), ('"magentoApiUrl"', '"api_url"')):
        tables = tables.replace(usual, other)
    tables = tables.replace('"Website"', '"crm"."shops"').replace('"Customer"', '"people"')
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "crm"; {tables}'.encode())
    for action in ("apply", "status"):
        migrated = subprocess.run(
            [sys.executable, "-m", "ops", "migrate", action],
            cwd=PROJECT,
            env=environment(TABLE_NAMES=other_names, DATABASE_URL=url),
            check=False,
        )
        assert migrated.returncode == 0

    arguments = ("--shop", shop.address, "--credentials", right, "--domain", "mokken.example", "--days", "all")
    ended = run(tmp_path, *arguments, DATABASE_URL=url, TABLE_NAMES=other_names)

    assert ended.code == 0, ended.errors
    with psycopg.connect(url) as connection:
        stored = connection.execute('SELECT count("mail") FROM "people"').fetchone()
    assert stored == (len(expected_customers("mokken.example")),)
    assert not (tmp_path / "own" / "postgres").exists()


def test_a_failed_first_sync_leaves_no_rows(call: Call, tmp_path: Path, shop: Shop, app_url: str) -> None:
    migrate(app_url)
    wrong = credentials_file(tmp_path, {**INTEGRATION.oauth, "accessTokenSecret": "wrong"})

    arguments = ("--shop", shop.address, "--credentials", wrong, "--domain", "mokken.example", "--days", "all")
    error = one_sentence(call(tmp_path, *arguments, DATABASE_URL=app_url))

    assert sentence("OAUTH_REFUSED", "en") in error
    with psycopg.connect(app_url) as connection:
        for table in (b"Website", b"Customer", b"MagentoSyncRun"):
            assert connection.execute(b'SELECT count(*) FROM "%s"' % table).fetchone() == (0,)


def rows_of(url: str) -> list[int]:
    """Returns how many rows the tables that a sync writes have."""
    tables = ("Website", "Customer", "MagentoSyncRun", "MagentoSyncOrder")
    with psycopg.connect(url) as connection:
        counts = [connection.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone() for table in tables]  # noqa: S608
    return [row[0] for row in counts if row]


@pytest.mark.parametrize("is_known", [False, True])
def test_a_dry_run_shows_what_would_become_of_the_orders_and_writes_nothing(  # noqa: PLR0913 - fixtures
    call: Call, tmp_path: Path, shop: Shop, right: str, app_url: str, *, is_known: bool
) -> None:
    """Also where the app has the website already, with a customer."""
    migrate(app_url)
    outcomes = Counter(expected_outcomes("mokken.example").values())
    if is_known:
        with psycopg.connect(app_url, autocommit=True, row_factory=psycopg.rows.dict_row) as rows:
            app = App(rows)
            website = app.add_website("mokken.example", magentoApiUrl=shop.address)
            email, _, bought = next(iter(expected_customers("mokken.example")))
            app.add_customer(website, email, bought)
    before = rows_of(app_url)

    arguments = ("--shop", shop.address, "--credentials", right, "--domain", "mokken.example", "--dry")
    ended = call(tmp_path, *arguments, DATABASE_URL=app_url)

    assert ended.code == 0, ended.errors
    assert f"{outcomes.total()} orders read, {outcomes['imported'] - is_known} new customers if" in ended.output
    assert re.search(rf"^ *imported +{outcomes['imported'] - is_known} +\d+", ended.output, re.MULTILINE)
    assert "Nothing was written." in ended.output
    assert rows_of(app_url) == before


def test_a_dry_run_of_a_shop_that_refuses_is_one_sentence(call: Call, tmp_path: Path, shop: Shop) -> None:
    wrong = credentials_file(tmp_path, {**INTEGRATION.oauth, "accessTokenSecret": "wrong"})

    error = one_sentence(call(tmp_path, "--shop", shop.address, "--credentials", wrong, "--dry"))

    assert sentence("OAUTH_REFUSED", "en") in error


def test_a_dry_run_of_a_shop_that_cannot_be_reached_names_what_was_typed(
    call: Call, tmp_path: Path, right: str
) -> None:
    error = one_sentence(call(tmp_path, "--shop", f"http://127.0.0.1:{free_port()}", "--credentials", right, "--dry"))

    assert "(UNREACHABLE)" in error
    assert "Check SHOP, then run the same command again." in error


def test_a_limit_of_days_leaves_older_orders_out(call: Call, tmp_path: Path, right: str) -> None:
    shop = many_orders_shop()
    arguments = ("--credentials", right, "--domain", "mokken.example", "--days", "1")
    with shop.serving():
        limited = call(tmp_path, "--shop", shop.address, *arguments)

    assert limited.code == 0, limited.errors
    assert "0 new customers" in limited.output


def test_all_orders_are_imported_into_a_given_database_on_request_only(
    call: Call, tmp_path: Path, shop: Shop, right: str, app_url: str
) -> None:
    migrate(app_url)

    error = one_sentence(call(tmp_path, "--shop", shop.address, "--credentials", right, DATABASE_URL=app_url))

    for choice in ("DRY=1", "DAYS=30", "DAYS=all"):
        assert choice in error
    assert rows_of(app_url) == [0, 0, 0, 0]
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize(("answer", "is_imported"), [("yes", True), ("", False)])
def test_in_a_terminal_it_asks_first(  # noqa: PLR0913 - fixtures
    tmp_path: Path, shop: Shop, right: str, app_url: str, answer: str, *, is_imported: bool
) -> None:
    migrate(app_url)
    arguments = ("--shop", shop.address, "--credentials", right, "--domain", "mokken.example")
    with in_terminal(tmp_path, *arguments, typed=f"{answer}\n", DATABASE_URL=app_url) as (_, read_until):
        read_until("Type yes to import all:")
        read_until("Serving until Ctrl-C." if is_imported else "Nothing was read or written.")

    assert rows_of(app_url)[1] == (len(expected_customers("mokken.example")) if is_imported else 0)


# ------------------------------------------------------------------ errors before anything starts


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "cannot be read"), ("{not json", "three forms"), ({"token": "x"}, "three forms"), ([], "three forms")],
)
def test_unusable_credentials_are_refused(call: Call, tmp_path: Path, content: object, expected: str) -> None:
    file = credentials_file(tmp_path, content) if content is not None else str(tmp_path / "none.json")

    error = one_sentence(call(tmp_path, "--shop", "https://shop.example", "--credentials", file))

    assert expected in error
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("address", ["ftp://shop.example", "https://", "https://me:secret@shop.example", "https://a b"])
def test_an_unusable_address_is_refused_without_its_password(
    call: Call, tmp_path: Path, right: str, address: str
) -> None:
    error = one_sentence(call(tmp_path, "--shop", address, "--credentials", right))

    assert error.startswith("SHOP cannot be used: ")
    assert "secret" not in error
    assert not (tmp_path / "own").exists()


def test_a_failure_of_https_mentions_a_missing_scheme(call: Call, tmp_path: Path, shop: Shop, right: str) -> None:
    host = shop.address.removeprefix("http://")

    error = one_sentence(call(tmp_path, "--shop", host, "--credentials", right))

    assert f"SHOP has no scheme, so https was used: for http write SHOP=http://{host}." in error


@pytest.mark.parametrize(
    ("address", "resolved", "insecure"),
    [
        ("https://shop.example", "93.184.216.34", False),
        ("https://shop.local", "192.168.1.7", True),
        ("https://shop.local", "127.0.0.1", True),
        ("https://shop.local", "fd00::7", True),
        ("http://shop.example", "93.184.216.34", True),
    ],
)
def test_private_addresses_are_allowed_for_a_shop_that_has_one(
    monkeypatch: pytest.MonkeyPatch, right: str, address: str, resolved: str, *, insecure: bool
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (resolved, 0))])

    assert real_shop(address, right, None).insecure is insecure


def test_no_sentence_for_your_own_shop_names_a_column_of_the_app() -> None:
    for code, text in ENGLISH.items():
        assert "magentoApiUrl" not in as_typed(text), code
        assert "We try again" not in as_typed(text), code
    assert all(any(part in text for text in ENGLISH.values()) for part in TYPED)


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        (["--orders", "0"], {}, "ORDERS must be"),
        (["--orders", "many"], {}, "ORDERS must be"),
        (["--port", "70000"], {}, "PORT must be"),
        (["--port", "-1"], {}, "PORT must be"),
        (["--origins", "localhost:3000"], {}, "ORIGINS must be"),
        ([], {"DATABASE_URL": "postgresql://127.0.0.1/app"}, "DATABASE_URL is for your own shop"),
        (["--shop", "https://shop.example", "--credentials", "x", "--orders", "5"], {}, "ORDERS is for the demo"),
        (["--domain", "shop.example"], {}, "give both SHOP and CREDENTIALS"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(
    call: Call, tmp_path: Path, arguments: list[str], variables: dict[str, str], expected: str
) -> None:
    assert expected in one_sentence(call(tmp_path / "state", *arguments, **variables))
    assert not (tmp_path / "state").exists()


def test_a_port_in_use_is_named(call: Call, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert f"Port {port} is in use" in one_sentence(call(tmp_path, "--port", str(port)))


def test_make_names_a_misspelt_variable() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "run", "ORDRES=5"],  # noqa: S607 - on PATH
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "make knows no variable ORDRES, only: SHOP" in done.stderr


def test_a_shop_without_credentials_is_refused(call: Call, tmp_path: Path) -> None:
    assert "give both SHOP and CREDENTIALS" in one_sentence(call(tmp_path, "--shop", "https://shop.example"))


def test_an_unreachable_database_is_an_error_without_the_password(call: Call, tmp_path: Path, right: str) -> None:
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/app"

    arguments = ("--shop", "https://shop.example", "--credentials", right)
    error = one_sentence(call(tmp_path, *arguments, DATABASE_URL=url))

    assert "cannot be reached" in error
    assert "secret" not in error


def test_a_given_database_without_the_app_s_tables_is_refused_unchanged(
    call: Call, tmp_path: Path, right: str, postgres: PostgresServer
) -> None:
    arguments = ("--shop", "https://shop.example", "--credentials", right)
    error = one_sentence(call(tmp_path, *arguments, DATABASE_URL=postgres.url()))

    assert "lacks tables of the app" in error
    with psycopg.connect(postgres.url()) as connection:
        made = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        assert made.fetchone() == (0,)


def test_a_given_database_without_the_migration_is_refused(
    call: Call, tmp_path: Path, right: str, app_url: str
) -> None:
    arguments = ("--shop", "https://shop.example", "--credentials", right)

    assert "make migrate" in one_sentence(call(tmp_path, *arguments, DATABASE_URL=app_url))


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()

        error = one_sentence(run(tmp_path))

    assert "process 4711" in error
    assert [file.name for file in tmp_path.iterdir()] == ["lock"]


def test_an_unusable_state_folder_is_an_error(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "cannot be used" in one_sentence(call(tmp_path / "file"))


def test_a_machine_without_a_free_port_is_an_error(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.bind", Mock(side_effect=OSError(errno.EADDRINUSE, "Address already in use")))

    assert "free port" in one_sentence(call(tmp_path / "state"))
