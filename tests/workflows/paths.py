"""A way through a process: what there was before, what is asked, what happens, where it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from activities.contract import Message
from activities.payments.contract import RefundStatus
from tests.examples import NOW
from tests.fakes.gateway import CARD
from tests.fakes.world import World
from tests.outcomes import Sums
from tests.stage import Stage
from workflows.held_payment import Pay, Release

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Ask:
    """What the caller asks next, so long after the last answer."""

    after: timedelta
    name: Literal["pay", "release"]
    method: str = CARD

    def message(self, number: int) -> Message:
        command = UUID(int=100 + number)
        if self.name == "release":
            return Release(command=command)
        return Pay(command=command, payment_method=self.method)


Happening = Callable[[Stage], None]


def nothing(_: World) -> None:
    """Leave the world as it is made."""


@dataclass(frozen=True)
class Path:
    """One way through a process, and the row of the table that it ends in."""

    name: str
    row: str
    workflow: type
    request: Message
    process: str
    visit: UUID | None = None
    before: Callable[[World], None] = nothing
    at: datetime = NOW
    """When it is accepted."""
    asks: tuple[Ask, ...] = ()
    happens: Mapping[timedelta, Happening] = field(default_factory=dict)
    """What happens outside, so long after the start."""
    when: Mapping[str, Happening] = field(default_factory=dict)
    """What happens outside, as soon as this step is begun."""
    slow: Mapping[str, timedelta] = field(default_factory=dict)
    """Steps that take so long."""
    refunding: tuple[RefundStatus, ...] = ()
    sums: Sums = field(default_factory=Sums)
    cast: tuple[type, ...] = ()
    """The workflows that live when this one starts them."""
    listening: tuple[str, ...] = ()
    """Processes that are there to be told something, and are not played."""
    is_crossed: bool = False
    """Another process changes the same visit, whatever becomes of this one."""
    is_alive: bool = False
    """The visit has a life of its own, which is to be told of changes."""
