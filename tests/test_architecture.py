"""The repository enforces itself: what no linter sees."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio import activity, workflow

from activities.contract import Refusal
from activities.inbox import Service
from db.settings import SERVICES
from workers import workflows as hosted
from workers.all import DOORS

ROOT = Path(__file__).parent.parent
WITH_DOORS = sorted(DOORS)
PUBLIC_PACKAGES = ("activities", "api", "bench", "db", "deploy", "ops", "workers", "workflows")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Name what a module imports when it runs; what only the type checker sees does not count."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    return {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }


def door_of(service: str) -> type:
    module = importlib.import_module(f"activities.{service}.activities")
    [door] = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
    ]
    return door


def steps_of(door: type) -> dict[str, str]:
    """Give the wire name of each step of a door, by its method."""
    found = {}
    for name, method in inspect.getmembers(door, inspect.isfunction):
        definition = activity._Definition.from_callable(method)
        if definition:
            found[name] = str(definition.name)
    return found


def service_of(service: str) -> type[Service]:
    module = importlib.import_module(f"activities.{service}.service")
    [found] = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Service) and kind.__module__ == module.__name__
    ]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other_service_and_no_other_database(service: str) -> None:
    others = [other for other in SERVICES if other != service]
    strangers = re.compile(rf"^(activities|db)\.({'|'.join(others)})(\.|$)")
    for path in modules(f"activities/{service}", f"db/{service}"):
        met = {name for name in imports_of(path) if strangers.match(name)}
        assert not met, f"{path} imports {met}"


@pytest.mark.parametrize("service", SERVICES)
def test_only_a_service_and_who_reads_its_views_import_its_database(service: str) -> None:
    for path in modules(*PUBLIC_PACKAGES):
        layer, *rest = path.relative_to(ROOT).parts
        is_own = layer == "db" or (layer == "activities" and rest[0] == service)
        if is_own or layer in ("api", "bench", "ops"):
            continue
        met = {name for name in imports_of(path) if name.startswith(f"db.{service}.")}
        assert not met, f"{path} imports {met}"


@pytest.mark.parametrize("service", WITH_DOORS)
def test_a_wire_name_is_the_folder_and_the_method(service: str) -> None:
    steps = steps_of(door_of(service))

    assert steps
    assert steps == {name: f"{service}.{name}" for name in steps}


@pytest.mark.parametrize("service", WITH_DOORS)
def test_every_step_says_what_it_promises(service: str) -> None:
    door = door_of(service)

    assert [n for n in steps_of(door) if not inspect.getdoc(getattr(door, n))] == []


def test_every_workflow_is_hosted_under_its_own_name() -> None:
    found = set()
    for path in modules("workflows"):
        module = importlib.import_module(
            f"workflows.{path.stem}" if path.stem != "__init__" else "workflows"
        )
        for name, kind in inspect.getmembers(module, inspect.isclass):
            definition = workflow._Definition.from_class(kind)
            if definition and kind.__module__ == module.__name__:
                assert definition.name == name
                assert path.stem == re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().removesuffix(
                    "_workflow"
                )
                found.add(kind)

    assert found == {*hosted.PROCESSES, *hosted.LIVES}


def decorated(path: Path, decorator: str) -> Iterator[tuple[str, list[str]]]:
    """Give each method that is decorated so, with the names of the decorator."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.AsyncFunctionDef):
            continue
        for said in node.decorator_list:
            if isinstance(said, ast.Call) and ast.unparse(said.func) == decorator:
                yield node.name, [ast.literal_eval(a) for a in said.args]


@pytest.mark.parametrize("service", WITH_DOORS)
def test_every_undo_buries_steps_that_exist(service: str) -> None:
    paths = list(modules(f"activities/{service}"))
    steps = {name for path in paths for _, [name] in decorated(path, "once")}
    buried = {name for path in paths for _, names in decorated(path, "undoes") for name in names}

    assert buried <= steps


def test_a_refusal_has_one_code_and_a_code_one_refusal() -> None:
    for service in WITH_DOORS:
        importlib.import_module(f"activities.{service}.contract")
    # A service may name what is unknown to it; the code stays that of the shared refusal.
    codes = [kind.code for kind in all_refusals(Refusal) if "code" in vars(kind)]

    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def all_refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from all_refusals(sub)


def test_nothing_is_left_for_later_in_the_code() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    left = [str(path) for path in modules(*PUBLIC_PACKAGES) if words.search(path.read_text())]

    assert left == []


def test_every_package_says_in_a_line_what_it_is() -> None:
    silent = [
        str(path)
        for path in modules(*PUBLIC_PACKAGES)
        if "migrations" not in path.parts
        and not path.read_text().startswith(('"""', "#!"))
        and path.read_text().strip()
    ]

    assert silent == []
