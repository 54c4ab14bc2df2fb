"""A copy of the code that may be spoiled: the checkout itself is never changed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).parents[2]
TREE = "tree"
TEMPLATES = ".hms/cache"
"""Where the tests keep a database cluster for each state of the migrations."""


class NoGitError(RuntimeError):
    """There is no git that says which files are ours."""


@contextmanager
def copies(number: int) -> Iterator[list[Path]]:
    """Copy what git tracks, as it stands now, so many times. Gives a folder of each."""
    ours = [name for name in git("ls-files", "-z").split("\0") if (CHECKOUT / name).is_file()]
    with TemporaryDirectory(prefix="hms-mutants-", ignore_cleanup_errors=True) as whole:
        folders = [Path(whole) / str(copy) for copy in range(number)]
        for folder in folders:
            for name in ours:
                target = folder / TREE / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, target)
        yield folders


def forget_clusters(tree: Path, kept: set[Path]) -> None:
    """Remove the clusters that planted migrations made: each is a hundred megabytes."""
    for cluster in clusters(tree) - kept:
        shutil.rmtree(cluster, ignore_errors=True)


def clusters(tree: Path) -> set[Path]:
    return set((tree / TEMPLATES).glob("postgres-*"))


def git(*words: str) -> str:
    found = shutil.which("git")
    if found is None:
        raise NoGitError("there is no git")
    command = [found, "-C", str(CHECKOUT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - words of ours
