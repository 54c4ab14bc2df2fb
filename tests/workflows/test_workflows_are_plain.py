"""What no linter sees in workflow code: nothing in it may depend on when or where it runs."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from temporalio.workflow import _Definition

import workflows
from workflows.saga_workflow import SagaWorkflow

FOLDER = Path(workflows.__path__[0])
OUTSIDE = {"connection"}
"""Not part of any workflow: how processes connect to Temporal."""
MODULES = [
    path
    for path in sorted(FOLDER.glob("*.py"))
    if path.stem not in OUTSIDE and path.stem != "__init__"
]
NOT_REPEATABLE = {"datetime.now", "datetime.utcnow", "date.today", "uuid4", "uuid1", "uuid7"}
NOT_REPEATABLE |= {"time.time", "time.monotonic", "os.urandom", "random", "secrets", "environ"}
BROAD = {"Exception", "BaseException"}

every_module = pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text()))


def caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {ast.unparse(kind) for kind in kinds if kind}


@every_module
def test_a_workflow_undoes_nothing_in_a_finally(path: Path) -> None:
    """It runs on a bug too, when Temporal only suspends the workflow."""
    assert not [node for node in nodes(path) if isinstance(node, ast.Try) and node.finalbody]


@every_module
def test_only_the_saga_catches_what_it_does_not_name(path: Path) -> None:
    handlers = [node for node in nodes(path) if isinstance(node, ast.ExceptHandler)]

    unnamed = [h.lineno for h in handlers if not h.type or caught(h) & BROAD]

    assert bool(unnamed) == (path.stem == "saga_workflow")


@every_module
def test_only_the_gate_catches_a_cancellation(path: Path) -> None:
    handlers = [node for node in nodes(path) if isinstance(node, ast.ExceptHandler)]

    gates = [h.lineno for h in handlers if any("Cancelled" in kind for kind in caught(h))]

    assert len(gates) == (path.stem == "saga")


@every_module
def test_a_workflow_asks_no_clock_and_no_dice(path: Path) -> None:
    said = {ast.unparse(node) for node in nodes(path) if isinstance(node, ast.Attribute | ast.Name)}
    imported = {
        alias.name
        for node in nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert (said | imported) & NOT_REPEATABLE == set()


def test_every_workflow_is_a_saga_and_is_called_by_its_name() -> None:
    found = {}
    for path in MODULES:
        module = import_module(f"workflows.{path.stem}")
        for name, kind in vars(module).items():
            definition = isinstance(kind, type) and _Definition.from_class(kind)
            if definition and kind.__module__ == module.__name__:
                found[name] = definition.name
                assert issubclass(kind, SagaWorkflow)
                assert path.stem == "".join(
                    f"_{c.lower()}" if c.isupper() else c for c in name.removesuffix("Workflow")
                ).lstrip("_")

    assert len(found) >= 8
    assert all(name == wire_name for name, wire_name in found.items())
