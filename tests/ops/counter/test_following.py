"""`hms appointments` and `hms saga`: visits and processes as they stand and as they change."""

import asyncio
import json

from activities.users.contract import Role
from tests.api.clerk import Booked
from tests.api.desk import Person, in_z
from tests.api.fakes import FakeProcesses
from tests.api.hospital import NINE, TEN
from tests.ops.counter.people import Counter


def id_of(visit: Booked) -> str:
    return str(visit.visit.appointment_id)


async def test_visits_are_listed_and_shown(
    counter: Counter, patient: Person, booked: Booked
) -> None:
    listed = await counter.hms(patient, "appointments", "ls", "--status", "BOOKED")
    none = await counter.hms(patient, "appointments", "ls", "--status", "CANCELLED")
    as_json = await counter.hms(patient, "appointments", "ls", "--json")
    shown = await counter.hms(patient, "appointments", "show", id_of(booked))

    (line,) = listed.stdout.splitlines()
    assert line.startswith(f"{id_of(booked)}  BOOKED")
    assert f"{NINE:%a %d %b %Y} 09:00 (UTC)" in line
    assert none.stdout == "no visit\n"
    assert [visit["id"] for visit in json.loads(as_json.stdout)["data"]] == [id_of(booked)]
    assert "105.00 GBP" in shown.stdout
    assert str(booked.bill.bill_id) in shown.stdout


async def test_what_is_not_theirs_is_not_there(counter: Counter, booked: Booked) -> None:
    other = await counter.desk.somebody(Role.PATIENT)

    for command in ("show", "watch"):
        said = await counter.hms(other, "appointments", command, id_of(booked))
        assert (said.exit_code, "not-found" in said.stderr) == (3, True)


async def test_a_visit_is_followed_until_nothing_changes_it(
    counter: Counter, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    path = f"{booked.path}/reschedule"
    body = {"slot_start": TEN.isoformat(), "reason": "the bus"}
    key = {"Idempotency-Key": "desk-1"}
    await counter.desk.command(patient, path, body, **key, Prefer="respond-async")

    watching = asyncio.create_task(counter.hms(patient, "appointments", "watch", id_of(booked)))
    await asyncio.sleep(0.5)
    assert not watching.done()
    moved = await counter.desk.command(patient, path, body, **key)
    processes.asked.clear()
    said = await watching

    assert moved.status_code == 200
    assert said.exit_code == 0, said.output
    assert "Booked (receptionist)" in said.stdout
    assert "RescheduleAppointment book_slot ✓" in said.stdout
    assert f"Moved from {in_z(NINE)} (receptionist): the bus" in said.stdout
    assert len(said.stdout.splitlines()) == len(set(said.stdout.splitlines()))


async def test_nobody_watches_for_ever(counter: Counter, patient: Person, booked: Booked) -> None:
    body = {"slot_start": TEN.isoformat()}
    await counter.desk.command(patient, f"{booked.path}/reschedule", body, Prefer="respond-async")

    said = await counter.hms(
        patient, "appointments", "watch", id_of(booked), "--seconds", "0", "--json"
    )

    assert said.exit_code == 4
    entries = [json.loads(line) for line in said.stdout.splitlines()]
    assert [entry.get("told", entry.get("type")) for entry in entries] == [
        "Booked",
        "RescheduleAppointment",
    ]


async def test_a_process_is_shown_to_operators_with_its_steps(
    counter: Counter, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    ops = await counter.desk.somebody(Role.OPS)
    body = {"slot_start": TEN.isoformat()}
    await counter.desk.command(patient, f"{booked.path}/reschedule", body, Prefer="respond-async")
    name = processes.asked[0].id

    shown = await counter.hms(ops, "saga", "show", name)
    as_json = await counter.hms(ops, "saga", "show", name, "--json")
    missing = await counter.hms(ops, "saga", "show", "book-1")

    assert "book_slot  ✓" in shown.stdout
    assert json.loads(as_json.stdout)["workflow_id"] == name
    assert missing.exit_code == 3


async def test_a_decision_reaches_the_process_that_waits_for_it_once(
    counter: Counter, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    ops = await counter.desk.somebody(Role.OPS)
    body = {"by": "patient", "reason": "well again"}
    await counter.desk.command(patient, f"{booked.path}/cancel", body, Prefer="respond-async")
    processes.parked.add("settle_refund:1")
    name = processes.asked[0].id
    decision = ("saga", "resolve", name, "--step", "settle_refund:1", "--reason", "by hand")

    undecided = await counter.hms(ops, *decision)
    shown = await counter.hms(ops, "saga", "show", name)
    decided = await counter.hms(ops, *decision, "--skip")
    late = await counter.hms(ops, *decision, "--retry")

    assert (undecided.exit_code, "--skip" in undecided.stderr) == (2, True)
    assert "waits for a person: settle_refund:1" in shown.stdout
    assert decided.exit_code == 0, decided.output
    assert "waits for" not in decided.stdout
    assert (late.exit_code, "saga-not-parked" in late.stderr) == (1, True)
