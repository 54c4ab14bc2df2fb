"""What a planted bug is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class NotPlantedError(Exception):
    """The text to be changed is not in its file exactly once."""


@dataclass(frozen=True)
class Mutant:
    """A small bug, and the test that is there to notice it."""

    id: str
    rule: str
    """Which invariant or rule it breaks."""
    what: str
    file: str
    old: str
    new: str
    test: str
    """As pytest names it: a case of it, or all."""

    @contextmanager
    def planted(self, tree: Path) -> Iterator[None]:
        """Change the file for a while. It comes back as it was, its time of change too."""
        file = tree / self.file
        text = file.read_text()
        if (times := text.count(self.old)) != 1:
            raise NotPlantedError(f"the text stands {times} times in {self.file}")
        kept = file.rename(file.with_name(f"{file.name}.kept"))
        try:
            file.write_text(text.replace(self.old, self.new))
            yield
        finally:
            kept.replace(file)
