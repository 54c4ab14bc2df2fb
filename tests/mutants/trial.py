"""One run of pytest over a copy of the code, and what it says of the code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.mutants.copied import TREE

PASSED, FAILED, INTERRUPTED, USAGE, NOTHING = 0, 1, 2, 4, 5
MEANING = {
    INTERRUPTED: "the tests could not be collected",
    USAGE: "a test was not found",
    NOTHING: "no test was collected",
}
NO_PROGRAM = (
    *("SyntaxError", "NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError"),
    *("AttributeError", "TypeError"),
)
NO_ANSWER = ("TimeoutError", "asyncio.exceptions.TimeoutError")
"""What fails so was not judged by a test: the bug is none, or nobody waited for its effect."""
LEAVES = ("PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTEST_ADDOPTS")
"""Nothing of the caller's decides what is imported, and which tests run."""
SECONDS_TO_LEAVE = 30


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Trial:
    """How tests ended: by which of them, or why there is nothing to be said."""

    verdict: Verdict
    seconds: float
    why: str = ""
    tests: int = 0


@dataclass(frozen=True)
class Ending:
    """What pytest reports of one test that did not pass."""

    kind: str
    test: str
    why: str

    @property
    def is_judgement(self) -> bool:
        """Tell the failure of a test from that of its fixtures, or of the program as such."""
        return self.kind == "failure" and not self.why.startswith((*NO_PROGRAM, *NO_ANSWER))


class Bench:
    """Runs tests of one copy, with the interpreter that runs us."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tree = folder / TREE

    def run(self, tests: Sequence[str], *, seconds: float, keeps_compiled: bool) -> Trial:
        """Run these tests until the first that fails."""
        report = self._folder / "report.xml"
        report.unlink(missing_ok=True)
        begun = time.monotonic()
        options = ("-n", "0", "-x", "-q", "-p", "no:cacheprovider", f"--junitxml={report}")
        with self._pytest(*options, *tests, keeps_compiled=keeps_compiled) as process:
            try:
                ended = process.wait(seconds)
            except subprocess.TimeoutExpired:
                return Trial(Verdict.NOT_RUN, seconds, f"no end after {seconds:.0f} s")
        return judged(ended, report, time.monotonic() - begun)

    @contextmanager
    def _pytest(self, *words: str, keeps_compiled: bool) -> Iterator[subprocess.Popen[bytes]]:
        """Start pytest in a group of its own, and let it clean up behind itself at the end."""
        environment = {name: value for name, value in os.environ.items() if name not in LEAVES}
        # A planted bug is never kept compiled.
        environment |= {
            "PYTHONDONTWRITEBYTECODE": "" if keeps_compiled else "1",
            "TMPDIR": str(self._folder),
        }
        with (self._folder / "pytest.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - words of ours
                [sys.executable, "-m", "pytest", *words],
                cwd=self.tree,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                end(process)

    def said(self) -> str:
        """Give the last lines of what pytest said."""
        lines = (self._folder / "pytest.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-25:])


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a run to leave, which stops its servers; kill it when it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(SECONDS_TO_LEAVE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def judged(ended: int, report: Path, seconds: float) -> Trial:
    if ended not in (PASSED, FAILED):
        return Trial(Verdict.NOT_RUN, seconds, MEANING.get(ended, f"pytest ended with {ended}"))
    # The report is our own, of this very moment.
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314
    endings = [ending for case in cases for ending in endings_of(case)]
    if ended == PASSED and not endings:
        return Trial(Verdict.PASSED, seconds, tests=len(cases))
    for ending in endings:
        if ending.is_judgement:
            return Trial(Verdict.FAILED, seconds, ending.test, len(cases))
    why = "; ".join(f"{it.kind} of {it.test}: {it.why[:200]}" for it in endings)
    return Trial(Verdict.NOT_RUN, seconds, why or "pytest failed without a test that did")


def endings_of(case: ET.Element) -> Iterator[Ending]:
    for kind in ("failure", "error", "skipped"):
        for told in case.iter(kind):
            yield Ending(kind, case.get("name", ""), told.get("message", ""))
