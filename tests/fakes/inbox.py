"""The first answer to every step is kept, as `activities.inbox` keeps it; here it is a dictionary.

It is written anew on purpose: a mistake there is not repeated here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, Protocol, TypeVar

from activities.contract import Command, Refusal, Undone
from activities.process import Process


class KeyReused(Exception):
    """One key, two requests: a bug of the workflow."""


@dataclass
class Kept:
    outcome: Literal["DONE", "REFUSED", "TOMBSTONE"]
    request: str = ""
    answer: Any = None


@dataclass
class Inbox:
    kept: dict[str, Kept] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    """The key of every effect, in their order; each may be there once."""

    def first(self, key: str, request: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401
        kept = self.kept.get(key)
        if kept is None:
            kept = self.kept[key] = self._answered(key, request, work)
        elif kept.outcome == "TOMBSTONE":
            raise Undone(f"{key} comes after its undo")
        elif kept.request != request:
            raise KeyReused(key)
        if kept.outcome == "REFUSED":
            raise kept.answer
        return kept.answer

    def _answered(self, key: str, request: str, work: Callable[[], Any]) -> Kept:
        try:
            answer = work()
        except Refusal as no:
            return Kept("REFUSED", request, no)
        self.writes.append(key)
        return Kept("DONE", request, answer)

    def bury(self, key: str) -> bool:
        """Tell whether there is something to undo; there will not be, after this."""
        was, self.kept[key] = self.kept.get(key), Kept("TOMBSTONE")
        return was is not None and was.outcome == "DONE"

    def is_buried(self, key: str) -> bool:
        return key in self.kept and self.kept[key].outcome == "TOMBSTONE"


class HasInbox(Protocol):
    inbox: Inbox


Fake = TypeVar("Fake", bound=HasInbox)
Request = TypeVar("Request", bound=Command)
Reply = TypeVar("Reply")
Work = Callable[[Fake, Process, Request], Reply]


def key_of(process: Process, step: str, part: str) -> str:
    return f"{process.id}:{step}:{part}".removesuffix(":")


def once(work: Work[Fake, Request, Reply]) -> Work[Fake, Request, Reply]:
    """Make a method a step that happens once; it must refuse before it changes anything."""

    @wraps(work)
    def ask(fake: Fake, process: Process, request: Request) -> Reply:
        key = key_of(process, work.__name__, request.part)
        answer: Reply = fake.inbox.first(
            key, request.model_dump_json(), lambda: work(fake, process, request)
        )
        return answer

    return ask


def undoes(*steps: str) -> Callable[[Work[Fake, Request, None]], Work[Fake, Request, None]]:
    """Make a method the undo of these steps: each is buried, whether it happened or not."""

    def decorate(work: Work[Fake, Request, None]) -> Work[Fake, Request, None]:
        @wraps(work)
        def ask(fake: Fake, process: Process, request: Request) -> None:
            part = request.part.partition("~")[0]
            keys = [key_of(process, step, part) for step in steps]
            if any([fake.inbox.bury(key) for key in keys]):  # noqa: C419 - all are buried
                fake.inbox.writes.append(key_of(process, work.__name__, part))
                work(fake, process, request)

        return ask

    return decorate
