"""A few small seeds; `make sim` plays 40 of 500 sagas each."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from activities.appointments.contract import AppointmentStatus
from tests.fakes.world import World
from tests.simulator.checks import wrong_in
from tests.simulator.hospital import Simulation
from tests.simulator.options import ALL_KINDS, options_of
from tests.simulator.report import played

SAGAS = 60
SEEDS = range(1, 7)
DIGEST = f"from tests.simulator.report import played; print(played(1, {SAGAS}).digest)"

Tampering = Callable[[World], None]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hospital_in_which_much_goes_wrong_is_right_at_rest(seed: int) -> None:
    report = played(seed, SAGAS)

    assert report.wrong == ()
    assert report.mishaps > 0
    assert report.replays > 0


def test_a_seed_plays_the_same_way_in_every_process() -> None:
    here = played(1, SAGAS).digest

    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-c", DIGEST]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own words

    assert there.stdout.strip() == here


def test_two_seeds_play_differently() -> None:
    assert played(2, 10).digest != played(3, 10).digest


def test_a_kind_of_mishap_can_be_left_out() -> None:
    usual = options_of(1, SAGAS)

    assert "before" in usual.kinds
    assert "before" not in options_of(1, SAGAS, without=("before",)).kinds
    assert set(ALL_KINDS) == {kind for seed in range(40) for kind in options_of(seed, 1).kinds}


def a_bill_forgets_a_credit(world: World) -> None:
    bill = next(bill for bill in world.billing.bills.values() if bill.credited("CANCELLATION"))
    bill.credits.clear()


def a_payment_is_taken_twice(world: World) -> None:
    intents = world.payments.gateway.intents.items()
    taken = next(payment_id for payment_id, intent in intents if intent.captured)
    world.payments.gateway.capture_outside(taken)
    world.payments.gateway.intents[taken].captured *= 2


def a_slot_stays_held(world: World) -> None:
    next(iter(world.appointments.slots.values())).history.append(AppointmentStatus.HELD)


def a_message_gets_lost(world: World) -> None:
    letters = world.notifications.letters
    del letters[next(about for about, letter in letters.items() if letter.event == "booked")]


def an_end_is_not_recorded(world: World) -> None:
    world.audit.entries.pop()
    world.audit.by.pop()


def a_visit_is_given_to_two(world: World) -> None:
    slots = list(world.appointments.slots.values())
    one, other = (slot for slot in slots if slot.visit is not slots[0].visit), slots[0]
    for slot in (next(one), other):
        slot.history.append(AppointmentStatus.BOOKED)
        slot.visit = slot.visit.model_copy(update={"slot_start": slots[0].start})
        slot.offer = slots[0].offer


@pytest.mark.parametrize(
    "tampering",
    [
        a_bill_forgets_a_credit,
        a_payment_is_taken_twice,
        a_slot_stays_held,
        a_message_gets_lost,
        an_end_is_not_recorded,
        a_visit_is_given_to_two,
    ],
    ids=lambda tampering: tampering.__name__,
)
def test_the_checks_see_what_is_wrong(tampering: Tampering) -> None:
    simulation = Simulation(options_of(1, SAGAS))
    simulation.play()
    assert list(wrong_in(simulation)) == []

    tampering(simulation.world)

    assert list(wrong_in(simulation))
