"""The table stays true to the code: what is planted is there, and so is who must notice it."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.mutants.copied import CHECKOUT
from tests.mutants.mutant import Mutant
from tests.mutants.proof import NO_CODE
from tests.mutants.table import FLOOR, MUTANTS


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((CHECKOUT / file).read_text())
    return {it.name for it in tree.body if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("mutant", [*MUTANTS, NO_CODE], ids=lambda mutant: mutant.id)
def test_what_is_changed_stands_once_in_its_file(mutant: Mutant) -> None:
    text = (CHECKOUT / mutant.file).read_text()

    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_the_test_that_must_fail_is_there(mutant: Mutant) -> None:
    file, _, case = mutant.test.partition("::")

    assert case.partition("[")[0] in functions_of(file)


def test_every_mutant_has_a_name_of_its_own() -> None:
    (_, times), *_ = Counter(mutant.id for mutant in MUTANTS).most_common(1)

    assert times == 1


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= FLOOR
