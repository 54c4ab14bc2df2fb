"""The compose file says what the code needs: names, ports, settings, rights. No engine is asked."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml  # type: ignore[import-untyped] # its stubs are not in our lock
from pydantic_settings import BaseSettings

from api.main import READ
from api.settings import ApiSettings
from db.settings import SERVICES, Database
from ops.commands.db import Making
from ops.commands.seed import Demonstration
from ops.main import app
from ops.seed import SERVICES as SEEDED
from ops.temporal import QUICK
from workers.all import WORKERS
from workers.hosting import Hosting
from workers.notifications import Mail
from workers.payments import Gateway
from workflows.connection import Keyring

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: it for name, it in CONTAINERS.items() if it["image"].startswith("hms:")}
COMMANDS = {name: it for name, it in OURS.items() if "entrypoint" not in it}
JOBS = {"databases", "tables", "seed"}
PAGES = {"api", "temporal-ui", "mail"}
UNSAFE = ("WORKFLOW_TERMINATE", "WORKFLOW_CANCEL", "WORKFLOW_RESET", "BATCH_ACTIONS")
PER_SERVICE = "|".join(field.upper() for field in {**Database.model_fields, **Making.model_fields})
OF_A_SERVICE = rf"HMS_({'|'.join(SERVICES).upper()})_({PER_SERVICE})$"
ROLE_OF = {"DATABASE": "worker", "READER": "reader", "OWNER": "owner"}


def environment(name: str) -> dict[str, str]:
    return {key: str(value) for key, value in CONTAINERS[name].get("environment", {}).items()}


def urls(name: str) -> Iterator[tuple[str, str]]:
    """Find the service and the kind of every database URL that a container gets."""
    for key in environment(name):
        if found := re.fullmatch(r"HMS_(.+)_(DATABASE|READER|OWNER|SUPERUSER)_URL", key):
            yield found[1].lower(), found[2]


def names_of(settings: type[BaseSettings], prefix: str | None = None) -> set[str]:
    before = prefix or settings.model_config.get("env_prefix")
    return {f"{before}{field}".upper() for field in settings.model_fields}


def table(heading: str) -> list[list[str]]:
    """Read a table of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text()
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def test_every_worker_of_the_code_has_a_container_of_its_name() -> None:
    hosted = {
        name: it["command"][1] for name, it in COMMANDS.items() if it["command"][0] == "worker"
    }

    assert hosted == {name: name for name in WORKERS}


def test_every_service_has_a_server_and_a_volume_of_its_own() -> None:
    servers = {name: it for name, it in CONTAINERS.items() if it["image"].startswith("postgres:")}

    assert set(servers) == {f"{service}-db" for service in (*SERVICES, "temporal")}
    assert {it["volumes"][0].split(":")[0] for it in servers.values()} == set(servers)
    assert set(servers) < set(COMPOSE["volumes"])


def test_ports_are_those_of_the_operations_page() -> None:
    listening = {
        name: environment(name).get("HMS_WORKER_PORT") or environment(name).get("HMS_API_PORT")
        for name in ("api", *WORKERS)
    }

    assert {name: port for name, port, *_ in table("Ports") if name in listening} == listening


@pytest.mark.parametrize("name", ["api", *WORKERS])
def test_a_process_is_asked_on_the_port_where_it_listens(name: str) -> None:
    port = environment(name).get("HMS_WORKER_PORT") or environment(name)["HMS_API_PORT"]

    asked = urlsplit(CONTAINERS[name]["healthcheck"]["test"][-1])

    assert (asked.port, asked.path) == (int(port), "/health/ready")


def test_only_pages_are_published_and_only_on_loopback() -> None:
    published = {name: it["ports"] for name, it in CONTAINERS.items() if "ports" in it}

    assert set(published) == PAGES
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert all("network_mode" not in it and "privileged" not in it for it in CONTAINERS.values())


def test_every_setting_is_explained_in_the_example_and_has_no_secret_there() -> None:
    example = (ROOT / ".env.example").read_text()
    explained = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))

    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) == set(explained)
    required = set(re.findall(r"\$\{([A-Z_]+):\?\}", TEXT))
    assert {name for name, value in explained.items() if not value} == required


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name not in JOBS | {"api"}])
def test_a_container_reaches_no_database_but_its_own(name: str) -> None:
    own = {(name, "DATABASE")} if name in SERVICES else set()

    assert set(urls(name)) == own


def test_the_api_reads_everywhere_and_writes_accounts_only() -> None:
    assert set(urls("api")) == {("users", "DATABASE"), *((s, "READER") for s in READ)}


def test_a_job_gets_the_rights_of_its_work_only() -> None:
    assert set(urls("databases")) == {(service, "SUPERUSER") for service in SERVICES}
    assert set(urls("tables")) == {(service, "OWNER") for service in SERVICES}
    assert set(urls("seed")) == {(service, "DATABASE") for service in SEEDED}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_url_names_the_role_the_password_and_the_server_that_it_says(name: str) -> None:
    for service, kind in urls(name):
        url = environment(name)[f"HMS_{service.upper()}_{kind}_URL"]
        if role := ROLE_OF.get(kind):
            secret = f"${{HMS_{service.upper()}_{role.upper()}_PASSWORD:?}}"
            wanted = f"hms_{service}_{role}:{secret}@{service}-db:5432/hms_{service}"
            assert url == f"postgresql+asyncpg://{wanted}"
        else:
            assert f"@{service}-db:5432/postgres" in url


@pytest.mark.parametrize("name", COMMANDS)
def test_a_container_runs_what_hms_can_do(name: str) -> None:
    command, rest = typer.main.get_command(app), list(CONTAINERS[name]["command"])
    word = "hms"
    while hasattr(command, "commands"):
        word, *rest = rest
        command = command.commands[word]

    command.make_context(word, rest)


def known() -> set[str]:
    """Name every setting that some process of ours reads."""
    names = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}
    for kind in (ApiSettings, Hosting, Keyring, Gateway, Mail, Demonstration):
        names |= names_of(kind)
    for service in SERVICES:
        names |= names_of(Database, f"HMS_{service}_") | names_of(Making, f"HMS_{service}_")
    return names


@pytest.mark.parametrize("name", COMMANDS)
def test_a_container_gets_no_setting_that_nobody_reads(name: str) -> None:
    assert set(environment(name)) <= known()


def test_every_setting_is_on_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()

    missing = {
        name for name in known() if re.sub(OF_A_SERVICE, r"HMS_<SERVICE>_\2", name) not in page
    }

    assert missing == set()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("api", ApiSettings),
        ("payments", Gateway),
        ("notifications", Mail),
        ("seed", Demonstration),
        *(((name, Keyring)) for name in ("api", *WORKERS)),
    ],
)
def test_a_container_gets_what_it_can_not_start_without(
    name: str, kind: type[BaseSettings]
) -> None:
    fields: Mapping[str, Any] = kind.model_fields
    prefix = kind.model_config.get("env_prefix", "")
    needed = {f"{prefix}{key}".upper() for key, it in fields.items() if it.is_required()}

    assert needed <= set(environment(name))


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_may_change_nothing_and_gain_nothing(name: str) -> None:
    container = OURS[name]

    assert container["read_only"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


def test_everything_that_stays_is_started_again_and_watched() -> None:
    for name, it in CONTAINERS.items():
        if it["restart"] != "on-failure:5":
            assert it["restart"] == "unless-stopped", name
            assert "healthcheck" in it or name == "temporal-ui", name


def test_every_image_of_others_has_a_version() -> None:
    tags = [it["image"].partition(":")[2] for it in CONTAINERS.values() if "build" not in it]

    assert all(re.match(r"v?\d", tag) for tag in tags)


def test_the_engine_is_as_quick_as_in_development() -> None:
    file = ROOT / "deploy" / "temporal" / "dynamicconfig.yaml"
    settings = {key: values[0]["value"] for key, values in yaml.safe_load(file.read_text()).items()}

    assert {key: str(settings[key]) for key in QUICK} == {
        key: str(value).strip('"') for key, value in QUICK.items()
    }


def test_the_engine_s_page_has_no_button_that_goes_past_a_saga() -> None:
    told = environment("temporal-ui")

    assert all(told[f"TEMPORAL_{button}_DISABLED"] == "true" for button in UNSAFE)


def test_the_image_is_the_command_as_nobody_in_particular() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()

    assert 'ENTRYPOINT ["hms"]' in dockerfile
    assert re.search(r"^USER \d{5}$", dockerfile, re.MULTILINE)
    assert "--require-hashes -r requirements/runtime.txt" in dockerfile
    assert 'PYTHONTZPATH=""' in dockerfile
