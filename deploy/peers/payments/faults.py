"""The bad days of a gateway: asked for by a test, or built into a payment method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from deploy.peers.payments import methods
from deploy.peers.payments.calls import Call
from deploy.peers.payments.storage import Storage

StepName = Literal["create", "authorise", "capture", "cancel", "refund", "retrieve"]
Kind = Literal[
    "ok",
    "402",
    "429",
    "500-stored",
    "500-after",
    "500-not-stored",
    "timeout-before",
    "timeout-after",
    "garbage",
    "slow",
]
# These decide what an execution comes to: where an old answer is repeated, they have to wait.
OUTCOMES = {"402", "500-stored", "500-after"}
CHARGES = {"authorise", "capture", "cancel", "refund"}


@dataclass(frozen=True)
class Step:
    """What a request is about: a payment created and confirmed at once takes two steps."""

    names: set[StepName]
    metadata: Mapping[str, str] = field(default_factory=dict)
    intent_id: str | None = None
    method: str | None = None


class Fault(BaseModel):
    """What goes wrong, where and how often. `ok` lets one request pass before the next fault."""

    match: StepName | Literal["any"] = "any"
    kind: Kind
    times: Annotated[int, Field(ge=1)] = 1
    seconds: Annotated[float, Field(ge=0, le=600)] = 0
    metadata: dict[str, str] = Field(default_factory=dict)

    def fits(self, step: Step, *, is_replay: bool) -> bool:
        return (
            (self.match == "any" or self.match in step.names)
            and self.metadata.items() <= step.metadata.items()
            and not (is_replay and self.kind in OUTCOMES)
        )


WELL = Fault(kind="ok")


class Faults:
    """The script of faults: the first that fits happens, and is used up."""

    def __init__(self) -> None:
        self.script: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.script.append(fault)

    def clear(self) -> None:
        self.script.clear()

    def take(self, step: Step, *, is_replay: bool) -> Fault | None:
        for place, fault in enumerate(self.script):
            if fault.fits(step, is_replay=is_replay):
                fault.times -= 1
                if not fault.times:
                    del self.script[place]
                return fault
        return None


class Stumbles:
    """Payment methods that fail at the first request of every step, and then never again."""

    KINDS: Mapping[str, Kind] = {
        methods.LOSES_ANSWERS: "timeout-after",
        methods.BREAKS_ONCE: "500-not-stored",
    }

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def take(self, call: Call, step: Step) -> Fault | None:
        kind = self.KINDS.get(step.method or "")
        names = sorted(step.names & CHARGES)
        if kind is None or not names:
            return None
        # A payment that does not exist yet is known by the key it is asked for with.
        subject = step.intent_id or call.key or call.fingerprint
        is_first = self._storage.change(
            "INSERT OR IGNORE INTO stumbles VALUES (:subject, :step)",
            {"subject": subject, "step": names[0]},
        )
        return Fault(kind=kind) if is_first else None
