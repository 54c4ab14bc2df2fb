"""A PostgreSQL of its own for every test process; one Temporal server for all of them."""

import asyncio
import base64
import fcntl
import gc
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from db.settings import SERVICES, connect, database
from ops import databases, temporal
from ops.postgres import Postgres
from ops.processes import Child, free_port, stop
from workflows.connection import connect as connect_to_temporal

pytest_plugins = ["tests.e2e.fixtures"]
"""Chaos shares the running hospital with the tests from end to end."""

PASSWORD = "only-for-tests"  # noqa: S105 - a cluster that lives for one run, on loopback
CACHE = Path(__file__).parent.parent / ".hms" / "cache"
TEMPLATE, TEMPORAL = "HMS_TEST_TEMPLATE", "HMS_TEST_TEMPORAL"
SERVER = pytest.StashKey[Child]()
DAY = 86_400
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")

EngineOf = Callable[[str], AsyncEngine]


def urls_of(cluster: Postgres) -> dict[str, str]:
    return databases.urls(
        lambda service, role: cluster.url(f"hms_{service}_{role}", PASSWORD, f"hms_{service}")
    )


async def make_template(folder: Path) -> None:
    """Make a cluster with all databases and migrations, and leave it shut down cleanly."""
    cluster = Postgres(folder, PASSWORD, settings=QUICK)
    cluster.initialise()
    await cluster.start()
    await databases.set_up(cluster.superuser_url, urls_of(cluster), PASSWORD)
    if cluster.child:
        await stop([cluster.child], seconds=20)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare once what every test process shares: xdist's workers inherit where it is."""
    if hasattr(config, "workerinput"):
        return
    find_or_make_template()
    workers = int(getattr(config.option, "numprocesses", None) or 0)
    namespaces = [f"gw{number}" for number in range(workers)] or ["main"]
    port = free_port()
    os.environ[TEMPORAL] = f"127.0.0.1:{port}"
    os.environ["HMS_CODEC_KEYS"] = f"test:{base64.b64encode(bytes(32)).decode()}"
    config.stash[SERVER] = Child.start(
        "temporal",
        temporal.command(port, namespaces),
        log=CACHE / "temporal.log",
        env={"GOGC": "800"},
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(SERVER, None):
        server.process.terminate()
        server.process.wait(10)


def find_or_make_template() -> None:
    """Make the template of all databases; it is as good as its migrations are."""
    CACHE.mkdir(parents=True, exist_ok=True)
    template = CACHE / f"postgres-{databases.fingerprint()}"
    os.environ[TEMPLATE] = str(template)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            unfinished = template.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            asyncio.run(make_template(unfinished))
            unfinished.rename(template)
        for old in CACHE.glob("postgres-*"):
            if time.time() - old.stat().st_mtime > DAY:
                shutil.rmtree(old)
    os.utime(template)


async def answering() -> Client:
    """Connect, however long the server takes: its port opens before its namespaces are there."""
    while True:
        try:
            connected = await connect_to_temporal("tests")
            await connected.count_workflows("")
        except (RuntimeError, RPCError):
            await asyncio.sleep(0.05)
        else:
            return connected


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[Client]:
    """Connect to this process's own namespace of the one Temporal server."""
    os.environ["TEMPORAL_ADDRESS"] = os.environ[TEMPORAL]
    os.environ["TEMPORAL_NAMESPACE"] = os.environ.get("PYTEST_XDIST_WORKER", "main")
    async with asyncio.timeout(20):
        connected = await answering()
    # In this environment an `assert` fails a workflow instead of suspending it.
    yield WorkflowEnvironment.from_client(connected).client
    del connected
    gc.collect()  # A client that lives until the interpreter ends aborts it.


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[Postgres]:
    """Start a copy of the template: a test process shares it with nobody."""
    folder = Path(tempfile.mkdtemp(prefix="hms-test-"))
    # Owners and modes must come along, or PostgreSQL refuses the folder; cp knows how.
    data = folder / "postgres"
    subprocess.run(["/bin/cp", "-a", os.environ[TEMPLATE], data], check=True)  # noqa: ASYNC221, S603
    cluster = Postgres(data, PASSWORD, settings=QUICK)
    await cluster.start()
    os.environ.update(urls_of(cluster))
    yield cluster
    if cluster.child:
        await stop([cluster.child], seconds=10)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def engine_of(cluster: Postgres) -> AsyncIterator[EngineOf]:
    """Connect to a service's database as its worker."""
    assert cluster.child
    engines = {
        service: connect(database(service).database_url, 8, f"tests of {service}")
        for service in SERVICES
    }
    yield engines.__getitem__
    for engine in engines.values():
        await engine.dispose()


@pytest.fixture(scope="session")
async def superuser(cluster: Postgres) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """Connect to every database as its almighty owner, for looking and for emptying."""
    connections = {
        service: await asyncpg.connect(
            cluster.url("postgres", PASSWORD, f"hms_{service}").replace("+asyncpg", "")
        )
        for service in SERVICES
    }
    yield connections
    for connection in connections.values():
        await connection.close()


EMPTY = """
    DO $$ DECLARE name text; has_rows bool; names text[] := '{}'; BEGIN
      FOR name IN SELECT relname FROM pg_class
        WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p')
          AND NOT relispartition AND relname NOT IN ('legal_moves', 'alembic_version')
      LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM app.%I)', name) INTO has_rows;
        IF has_rows THEN names := names || format('app.%I', name); END IF;
      END LOOP;
      IF names <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' CASCADE';
      END IF;
    END $$
"""


@pytest.fixture
async def emptied(superuser: dict[str, asyncpg.Connection]) -> AsyncIterator[None]:
    """Leave no row behind in any database. What migrations planted goes too."""
    yield
    await asyncio.gather(*(connection.execute(EMPTY) for connection in superuser.values()))
