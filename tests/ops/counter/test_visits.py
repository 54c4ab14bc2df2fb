"""`hms slots`, `book`, `reschedule`, `cancel`: what is sent, said, and how it ends."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from activities.users.contract import NewAccount, Role
from activities.users.service import UserService
from api.engine import EngineAwayError
from tests.api.clerk import DECLINED, Booked, Clerk
from tests.api.desk import Person, in_z
from tests.api.fakes import Asked, FakeProcesses, refused
from tests.api.hospital import ELEVEN, NINE, TEN, Hospital
from tests.examples import an_offer
from tests.ops.counter.people import Counter
from workflows.saga_workflow import Outcome

PASSWORD = "a whole sentence is hard to guess"  # noqa: S105 - for tests
MINUTE = timedelta(minutes=1)


def id_of(visit: Booked) -> str:
    return str(visit.visit.appointment_id)


async def status_of(counter: Counter, who: Person, visit: Booked) -> str:
    return str((await counter.desk.get(who, visit.path)).json()["status"])


@pytest.fixture
async def soon(hospital: Hospital, clerk: Clerk, patient: Person) -> Booked:
    """Book a visit that begins within the two hours, and pay for it."""
    assert patient.patient_id
    start = datetime.now(UTC) + 90 * MINUTE
    visit = await clerk.book(await hospital.doctor(), start, patient.patient_id, an_offer(start))
    await clerk.pay(visit)
    return visit


async def test_free_slots_of_a_day_are_said_in_the_doctors_time(
    counter: Counter, hospital: Hospital, reception: Person
) -> None:
    doctor = await hospital.doctor(zone="Asia/Tokyo")
    day = NINE.date()

    said = await counter.hms(reception, "slots", "--doctor", str(doctor), "--date", day.isoformat())
    as_json = await counter.hms(
        reception, "slots", "--doctor", str(doctor), "--date", day.isoformat(), "--json"
    )

    lines = said.stdout.splitlines()
    assert said.exit_code == 0, said.output
    assert (len(lines), "08:00 (Asia/Tokyo)" in lines[0]) == (8, True)
    assert all(f"{day:%a %d %b %Y}" in line for line in lines)
    starts = [slot["slot_start"] for slot in json.loads(as_json.stdout)["data"]]
    assert starts == [line.split()[0] for line in lines]


async def test_a_visit_is_booked_moved_and_cancelled(
    counter: Counter, hospital: Hospital, reception: Person, processes: FakeProcesses
) -> None:
    doctor, clinic = await hospital.doctor(), hospital.clinic
    place = ["--doctor", str(doctor), "--department", str(clinic.department_id)]

    booked = await counter.hms(
        reception, "book", "--patient", str(uuid4()), *place, "--at", in_z(NINE), "--json"
    )

    visit = json.loads(booked.stdout)
    assert (booked.exit_code, visit["status"]) == (0, "BOOKED")
    (wanted,) = processes.asked
    assert wanted.request.pay is None  # type: ignore[attr-defined] # a booking


async def test_a_card_pays_at_once(
    counter: Counter, hospital: Hospital, reception: Person, processes: FakeProcesses
) -> None:
    doctor, clinic = await hospital.doctor(), hospital.clinic
    place = ["--doctor", str(doctor), "--department", str(clinic.department_id)]
    asked = ["book", "--patient", str(uuid4()), *place, "--at", in_z(NINE), "--card", "pm_1"]

    said = await counter.hms(reception, *asked)
    both = await counter.hms(reception, *asked, "--pay-later")

    assert (said.exit_code, both.exit_code) == (0, 2)
    assert "105.00 GBP" in said.stdout
    (wanted,) = processes.asked
    assert wanted.request.pay.payment_method == "pm_1"  # type: ignore[attr-defined] # a booking


async def test_a_move_says_where_the_visit_is_now(
    counter: Counter, patient: Person, booked: Booked
) -> None:
    said = await counter.hms(patient, "reschedule", id_of(booked), "--at", in_z(TEN))

    assert said.exit_code == 0, said.output
    assert f"{TEN:%a %d %b %Y} 10:00 (UTC)" in said.stdout


async def test_a_move_that_is_refused_says_why_and_what_is_free(
    counter: Counter, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    await clerk.book(booked.visit.doctor_id, TEN, uuid4())

    said = await counter.hms(patient, "reschedule", id_of(booked), "--at", in_z(TEN))

    assert said.exit_code == 1
    assert "slot-taken" in said.stderr
    assert f"free: {in_z(TEN + 30 * MINUTE)}" in said.stderr
    assert said.stdout == ""


async def test_a_card_that_is_declined_says_why(
    counter: Counter, hospital: Hospital, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    await clerk.pay(booked)
    dearer = await hospital.doctor(fee="150.00")

    said = await counter.hms(
        *(patient, "reschedule", id_of(booked), "--at", in_z(TEN)),
        *("--doctor", str(dearer), "--card", DECLINED),
    )

    assert said.exit_code == 1
    assert "decline code: insufficient_funds" in said.stderr
    assert "stands as it was" in said.stderr


async def test_a_quote_changes_nothing(
    counter: Counter, patient: Person, soon: Booked, processes: FakeProcesses
) -> None:
    said = await counter.hms(patient, "cancel", id_of(soon), "--quote")
    as_json = await counter.hms(patient, "cancel", id_of(soon), "--quote", "--json")

    assert said.exit_code == 0, said.output
    assert "costs 52.50 GBP (late-cancellation)" in said.stdout
    assert "52.50 GBP of 105.00 GBP goes back" in said.stdout
    assert json.loads(as_json.stdout)["rule"] == "late-cancellation"
    assert processes.asked == []
    assert await status_of(counter, patient, soon) == "BOOKED"


async def test_it_costs_no_more_than_was_accepted(
    counter: Counter, patient: Person, soon: Booked
) -> None:
    cancel = ("cancel", id_of(soon), "--reason", "well again", "--accept-fee")

    too_little = await counter.hms(patient, *cancel, "52.49")
    still = await status_of(counter, patient, soon)
    enough = await counter.hms(patient, *cancel, "52.50")

    assert (too_little.exit_code, still) == (1, "BOOKED")
    assert "it costs 52.50 GBP now" in too_little.stderr
    assert enough.exit_code == 0, enough.output
    assert "CANCELLED" in enough.stdout
    assert "52.50 GBP goes back: PENDING" in enough.stdout


async def test_the_hospital_cancels_for_nothing(
    counter: Counter, reception: Person, soon: Booked
) -> None:
    said = await counter.hms(
        reception, "cancel", id_of(soon), "--by", "hospital", "--reason", "ill", "--json"
    )

    assert json.loads(said.stdout)["cancellation"]["rule"] == "hospital"


async def test_the_key_of_a_failed_command_sends_it_again(
    counter: Counter, clerk: Clerk, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    async def be_away(_: Asked) -> Outcome[Any]:
        raise EngineAwayError

    processes.book = be_away
    move = ("reschedule", id_of(booked), "--at", in_z(TEN))
    failed = await counter.hms(patient, *move)
    key = failed.stderr.rpartition("--key ")[2].strip()
    processes.book = clerk.end

    again = await counter.hms(patient, *move, "--key", key)
    once_more = await counter.hms(patient, *move, "--key", key)

    assert (failed.exit_code, again.exit_code, once_more.exit_code) == (1, 0, 0)
    assert len({wanted.id for wanted in processes.asked}) == 1
    assert (await counter.desk.get(patient, booked.path)).json()["reschedule_count"] == 1


async def test_what_still_runs_is_said_with_its_process(
    counter: Counter, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    async def think(_: Asked) -> None:
        return None

    processes.book = think

    said = await counter.hms(patient, "reschedule", id_of(booked), "--at", in_z(ELEVEN))

    assert said.exit_code == 4
    assert f"hms saga show {processes.asked[0].id}" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("cancel", "{id}"), 2, "needs --reason"),
        (("cancel", "{id}", "--by", "nobody", "--reason", "x"), 2, "nobody"),
        (("reschedule", "{id}"), 2, "--at"),
        (("reschedule", "{id}", "--at", "tomorrow"), 2, "/slot_start"),
        (("reschedule", "{id}", "--at", in_z(NINE)), 2, "/slot_start"),
        (("reschedule", "{id}", "--at", in_z(NINE + MINUTE)), 1, "slot-not-offered"),
        (("reschedule", str(uuid4()), "--at", in_z(TEN)), 3, "not-found"),
        (("cancel", "1", "--quote"), 2, "id"),
        (("slots", "--doctor", str(uuid4())), 3, "not-found"),
        (("slots", "--doctor", str(uuid4()), "--date", "1.12."), 2, "YYYY-MM-DD"),
        (("cancel", "{id}", "--by", "hospital", "--reason", "x"), 1, "not-allowed"),
    ],
)
async def test_each_way_to_end_has_a_code(  # noqa: PLR0913, PLR0917 - fixtures
    counter: Counter,
    patient: Person,
    booked: Booked,
    arguments: tuple[str, ...],
    exit_code: int,
    said: str,
) -> None:
    told = await counter.hms(patient, *(word.format(id=id_of(booked)) for word in arguments))

    assert told.exit_code == exit_code, told.output
    assert said in told.stderr
    assert await status_of(counter, patient, booked) == "BOOKED"


async def test_a_problem_is_printed_as_json_too(
    counter: Counter, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    async def refuse(_: Asked) -> Outcome[Any]:
        return refused("wrong-state", status="COMPLETED")

    processes.book = refuse

    said = await counter.hms(patient, "cancel", id_of(booked), "--reason", "x", "--json")

    assert said.exit_code == 1
    assert json.loads(said.stdout)["current_status"] == "COMPLETED"


async def test_whoever_has_a_name_and_a_password_needs_no_token(
    counter: Counter, users: UserService, booked: Booked
) -> None:
    account = NewAccount(
        account_id=uuid4(), username="jo", password=SecretStr(PASSWORD), role=Role.RECEPTIONIST
    )
    await users.create_account(account)
    quote = ("cancel", id_of(booked), "--quote")

    right = await counter.hms(None, *quote, HMS_USERNAME="jo", HMS_PASSWORD=PASSWORD)
    wrong = await counter.hms(None, *quote, HMS_USERNAME="jo", HMS_PASSWORD=PASSWORD[:-1])
    nobody = await counter.hms(None, *quote)

    assert (right.exit_code, wrong.exit_code, nobody.exit_code) == (0, 1, 2)
    assert "bad-credentials" in wrong.stderr
    assert PASSWORD[:-1] not in wrong.output
    assert "HMS_TOKEN" in nobody.stderr


async def test_without_an_api_it_says_so(counter: Counter, reception: Person) -> None:
    nowhere = Counter("http://127.0.0.1:1", counter.desk)

    said = await nowhere.hms(reception, "appointments", "ls")

    assert said.exit_code == 1
    assert "http://127.0.0.1:1: ConnectError" in said.stderr
