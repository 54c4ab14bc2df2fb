"""The same key is the same command: done once, answered alike."""

import asyncio
from typing import Any

import asyncpg
import pytest

from activities.users.contract import Role
from tests.api.desk import Desk, Person, a_booking
from tests.api.fakes import Asked, FakeProcesses, refused
from workflows.saga_workflow import Outcome

KEY = {"Idempotency-Key": "desk-2"}


@pytest.fixture
async def patient(desk: Desk) -> Person:
    return await desk.somebody(Role.PATIENT)


async def test_the_first_answer_is_given_again(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent = a_booking(patient)

    first = await desk.book(patient, sent, **KEY)
    again = await desk.book(patient, sent, **KEY)

    assert len(processes.asked) == 1
    assert (again.status_code, again.json()) == (201, first.json())
    for header in ("location", "etag"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_a_refusal_is_an_answer_too(desk: Desk, patient: Person) -> None:
    sent = a_booking(patient)
    await desk.book(patient, sent)

    first = await desk.book(patient, sent, **KEY)
    again = await desk.book(patient, sent, **KEY)

    assert first.status_code == 409
    assert again.json() == first.json()
    assert again.headers["content-type"] == "application/problem+json"


async def test_another_key_after_a_refusal_is_another_attempt(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    outcomes = [refused("payment-declined"), None]

    async def decline_once(wanted: Asked) -> Outcome[Any] | None:
        return outcomes.pop(0) or await processes.take_slot(wanted)

    processes.book = decline_once
    sent = a_booking(patient)

    declined = await desk.book(patient, sent, **KEY)
    booked = await desk.book(patient, sent, **{"Idempotency-Key": "desk-3"})

    assert (declined.status_code, booked.status_code) == (402, 201)
    assert processes.asked[0].id != processes.asked[1].id


async def test_a_key_belongs_to_one_body(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    await desk.book(patient, a_booking(patient), **KEY)

    other = await desk.book(patient, a_booking(patient), **KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(processes.asked) == 1


async def test_the_order_of_members_makes_no_other_body(desk: Desk, patient: Person) -> None:
    sent = a_booking(patient)

    first = await desk.book(patient, sent, **KEY)
    again = await desk.book(patient, dict(reversed(sent.items())), **KEY)

    assert again.json() == first.json()


async def test_a_key_is_one_persons_own(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    other = await desk.somebody(Role.PATIENT)

    await desk.book(patient, None, **KEY)
    booked = await desk.book(other, None, **KEY)

    assert booked.status_code == 201
    assert len(processes.asked) == 2


async def test_who_asks_again_while_it_is_under_way_joins(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent = a_booking(patient)
    everybody_waits = asyncio.Barrier(5)

    async def think(wanted: Asked) -> Outcome[Any]:
        await everybody_waits.wait()
        return processes.outcomes.get(wanted.id) or await processes.take_slot(wanted)

    processes.book = think

    answers = await asyncio.gather(*(desk.book(patient, sent, **KEY) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_answer_that_was_not_known_yet_is_not_kept(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent = a_booking(patient)

    pending = await desk.book(patient, sent, **KEY, Prefer="respond-async")
    final = await desk.book(patient, sent, **KEY)

    assert (pending.status_code, final.status_code) == (202, 201)
    assert processes.asked[0].id == processes.asked[1].id


async def test_who_asked_too_often_begins_anew_under_the_same_key(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    async def refuse(_: Asked) -> Outcome[Any]:
        return refused("too-many-requests")

    processes.book = refuse
    sent = a_booking(patient)
    refused_first = await desk.book(patient, sent, **KEY)
    processes.book = processes.take_slot

    later = await desk.book(patient, sent, **KEY)

    assert (refused_first.status_code, later.status_code) == (429, 201)
    assert processes.asked[0].id != processes.asked[1].id


async def test_a_booking_without_a_key_is_refused(desk: Desk, patient: Person) -> None:
    answer = await desk.post(patient, "/v1/appointments", a_booking(patient))

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required")


@pytest.mark.parametrize("key", ['"', '"open', "a b", "x" * 256, "", "tab\tin"])
async def test_a_key_has_one_form(desk: Desk, patient: Person, key: str) -> None:
    answer = await desk.book(patient, None, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")


async def test_quotes_make_no_other_key(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent = a_booking(patient)

    await desk.book(patient, sent, **{"Idempotency-Key": "k1"})
    await desk.book(patient, sent, **{"Idempotency-Key": '"k1"'})

    assert len(processes.asked) == 1


async def test_the_record_is_written_before_the_process_is_asked(
    desk: Desk,
    patient: Person,
    processes: FakeProcesses,
    superuser: dict[str, asyncpg.Connection],
) -> None:
    seen: list[asyncpg.Record] = []

    async def look(wanted: Asked) -> Outcome[Any]:
        seen.extend(await superuser["users"].fetch("SELECT * FROM app.api_requests"))
        return await processes.take_slot(wanted)

    processes.book = look

    await desk.book(patient, None, **KEY)

    (record,) = seen
    assert (record["state"], record["workflow_id"]) == ("IN_FLIGHT", processes.asked[0].id)
    assert record["key"] == "desk-2"
