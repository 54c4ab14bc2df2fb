"""What goes wrong, drawn by chance: in each attempt of a step, in each turn of a process."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from activities.contract import WrongState
from tests.drive import Run
from tests.simulator.options import KINDS, OUTAGE, Options
from tests.stage import WELL, Strike
from tests.wire import Step

A_FAULT, SECOND = "DatabaseFault", timedelta(seconds=1)
SERVICES = ("appointments", "billing", "payments", "notifications", "analytics", "audit")
EVICTIONS, STOPS = 0.05, 0.03


class Mishaps:
    """Counts what it does; after it was ended, it does nothing more."""

    def __init__(self, options: Options, chance: Random, begin: datetime) -> None:
        self._options, self._chance = options, chance
        self.happened: Counter[tuple[str, str]] = Counter()
        """How often what befell which kind of step or process."""
        self.has_ended = False
        self._kinds = [kind for kind in options.kinds if kind in KINDS]
        self._outages = self._drawn_outages(begin) if OUTAGE in options.kinds else []

    def _drawn_outages(self, begin: datetime) -> list[tuple[str, datetime, datetime]]:
        outages = []
        for _ in range(3):
            since = begin + self._chance.random() * self._options.lasts
            until = since + timedelta(minutes=self._chance.uniform(1, 40))
            outages.append((self._chance.choice(SERVICES), since, until))
        return outages

    def strike(self, step: Step, now: datetime) -> Strike:
        if self.has_ended:
            return WELL
        if any(self._is_down(step, *outage, now=now) for outage in self._outages):
            return self._struck(step, OUTAGE, Strike(A_FAULT, is_done=False))
        if self._chance.random() >= self._options.strikes:
            return WELL
        kind = self._chance.choice(self._kinds)
        if kind in ("refused", "final") and self._chance.random() < 0.7:
            kind = "before"  # Each of these stands before a person, or ends the process.
        return self._struck(step, kind, self._strike_of(kind))

    def evicts(self, run: Run) -> bool:
        return self._befalls(run, "evicted", EVICTIONS)

    def cancels(self, run: Run) -> bool:
        return self._befalls(run, "cancelled", STOPS)

    def stops(self, run: Run) -> bool:
        return self._befalls(run, "stopped", STOPS)

    def _befalls(self, run: Run, kind: str, how_often: float) -> bool:
        if self.has_ended or kind not in self._options.kinds or self._chance.random() >= how_often:
            return False
        self.happened[kind, run.start.type] += 1
        return True

    def _struck(self, step: Step, kind: str, strike: Strike) -> Strike:
        self.happened[kind, step.type] += 1
        return strike

    def _strike_of(self, kind: str) -> Strike:
        chance = self._chance
        strikes = {
            "before": Strike(A_FAULT, is_done=False),
            "after": Strike(A_FAULT),
            "lost": Strike(is_lost=True, is_done=False),
            "late": Strike(is_lost=True, later=chance.uniform(1, 200) * SECOND),
            "slow": Strike(takes=chance.uniform(0.1, 14) * SECOND),
            "twice": Strike(again=chance.uniform(0, 60) * SECOND),
            "refused": Strike(refusal=WrongState("no", {"status": "GONE"})),
            "final": Strike(A_FAULT, is_done=chance.random() < 0.5, is_final=True),
        }
        return strikes[kind]

    def _is_down(
        self, step: Step, service: str, since: datetime, until: datetime, *, now: datetime
    ) -> bool:
        return step.type.startswith(f"{service}.") and since <= now < until
