"""What a seed came to: a line to read, and a digest to compare."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from traceback import format_exc

from typing_extensions import override

from tests.outcomes import result_of
from tests.simulator.checks import wrong_in
from tests.simulator.hospital import Simulation
from tests.simulator.options import options_of


@dataclass(frozen=True)
class Report:
    seed: int
    sagas: int
    """How many were wished for."""
    processes: int
    """How many ran, with those that others began."""
    attempts: int
    happened: Counter[tuple[str, str]]
    """How often what befell which kind of step or process."""
    replays: int
    digest: str
    wrong: tuple[str, ...]

    @property
    def mishaps(self) -> int:
        return self.happened.total()

    @override
    def __str__(self) -> str:
        return (
            f"{'FAIL' if self.wrong else 'PASS'} seed {self.seed}: {self.sagas} sagas,"
            f" {self.processes} processes, {self.attempts} attempts, {self.mishaps} mishaps,"
            f" {self.replays} replays, {self.digest[:16]}"
        )


def played(seed: int, sagas: int, without: tuple[str, ...] = ()) -> Report:
    simulation = Simulation(options_of(seed, sagas, without))
    wrong: tuple[str, ...]
    try:
        simulation.play()
        wrong = tuple(wrong_in(simulation))
    except AssertionError as broken:
        wrong = (str(broken),)
    except Exception:  # noqa: BLE001 - what nobody expected is wrong, too, and has its seed
        wrong = (format_exc(),)
    return Report(
        seed,
        sagas,
        len(simulation.runs),
        simulation.attempts,
        simulation.mishaps.happened,
        simulation.replays,
        digest_of(simulation),
        wrong,
    )


def digest_of(simulation: Simulation) -> str:
    """Sum up everything that chance could have made otherwise."""
    digest = sha256()
    for line in story_of(simulation):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def story_of(simulation: Simulation) -> Iterator[str]:
    for run in simulation.runs:
        end = result_of(run) if run.end else {}
        commands = sha256(b"".join(command for turn in run.turns for command in turn.commands))
        yield f"{run.start.id} {run.start.at} {end} {len(run.turns)} {commands.hexdigest()}"
    for (kind, whom), times in sorted(simulation.mishaps.happened.items()):
        yield f"{kind} {whom} {times}"
    for row, slot in simulation.world.appointments.slots.items():
        yield f"{row} {slot.history} {slot.start}"
    for bill_id, bill in simulation.world.billing.bills.items():
        yield f"{bill_id} {bill.status} {bill.owed} {bill.balance}"
    for letter in simulation.world.notifications.letters.values():
        yield f"{letter.event} {letter.occurrence} {letter.appointment_id}"
    yield f"{simulation.attempts} {simulation.replays} {simulation.stage.now}"


def smaller(seed: int, sagas: int) -> tuple[int, tuple[str, ...]]:
    """Find fewer sagas, then fewer kinds of mishaps, with which something still goes wrong."""
    while sagas > 1 and played(seed, sagas // 2).wrong:
        sagas //= 2
    without: tuple[str, ...] = ()
    for kind in options_of(seed, sagas).kinds:
        if played(seed, sagas, (*without, kind)).wrong:
            without = (*without, kind)
    return sagas, without
