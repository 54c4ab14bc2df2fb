"""A booking over HTTP: what is asked of the process, and what the client gets."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.appointments.contract import AppointmentStatus
from activities.contract import Message
from activities.users.contract import Role
from api.alternatives import FreeSlot
from api.engine import EngineAwayError
from api.parts import Parts
from api.problems import Code
from api.processes import UpdateRefusedError
from tests.api.desk import Desk, Person, a_booking
from tests.api.fakes import Asked, FakeProcesses, refused
from tests.examples import HALF_AN_HOUR, TOMORROW_NINE
from workflows.book_appointment import BookAppointment
from workflows.held_payment import Booking, Pay, Release
from workflows.saga_workflow import Outcome, Status

PREPAID = {"mode": "prepaid", "payment_method": "pm_card_visa"}


@pytest.fixture
async def patient(desk: Desk) -> Person:
    return await desk.somebody(Role.PATIENT)


async def test_a_booking_is_shown_as_it_is_read(desk: Desk, patient: Person) -> None:
    booked = await desk.book(patient)

    read = await desk.get(patient, booked.headers["location"])
    assert booked.status_code == 201
    assert booked.headers["etag"] == read.headers["etag"] == '"v1"'
    told = booked.json()
    assert told["status"] == "BOOKED"
    assert told["price"]["total"] == {"amount": "105.00", "currency": "GBP"}
    # The bill comes in the tail; what the patient said is read apart and kept for no repetition.
    later = {"bill_id", "symptoms", "diagnosis"}
    assert {k: v for k, v in read.json().items() if k not in later} == {
        k: v for k, v in told.items() if k not in later
    }


async def test_the_process_is_asked_for_what_was_sent(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent = a_booking(patient, symptoms="  cough\nfor two weeks ", payment=PREPAID)

    await desk.book(patient, sent, **{"X-Correlation-ID": "desk-1"})

    (wanted,) = processes.asked
    request = wanted.request
    assert isinstance(request, BookAppointment)
    assert wanted.id == f"book-{request.visit.appointment_id}"
    assert wanted.correlation_id == "desk-1"
    assert wanted.about["PatientId"] == sent["patient_id"]
    assert request.visit.slot_start == TOMORROW_NINE
    assert request.symptoms == "cough\nfor two weeks"
    assert request.pay
    assert request.pay.payment_method == "pm_card_visa"


async def test_a_slot_that_waits_for_its_payment_says_how_to_pay(
    desk: Desk, patient: Person
) -> None:
    booked = await desk.book(patient, a_booking(patient, payment={"mode": "prepaid"}))

    told = booked.json()
    assert (booked.status_code, told["status"]) == (201, "HELD")
    assert told["payment"]["client_secret"] == "cs_1"  # noqa: S105 - a stand-in
    assert told["hold_expires_at"].endswith("Z")


async def test_who_comes_too_late_is_offered_other_slots(
    desk: Desk, patient: Person, parts: Parts
) -> None:
    class NextSlot:
        async def after(
            self,
            doctor_id: UUID,
            slot_start: datetime,
            service_type: str,  # noqa: ARG002 - the protocol's
        ) -> list[FreeSlot]:
            begin = slot_start + HALF_AN_HOUR
            return [FreeSlot(doctor_id=doctor_id, slot_start=begin, slot_end=begin + HALF_AN_HOUR)]

    object.__setattr__(parts, "alternatives", NextSlot())
    sent = a_booking(patient)
    await desk.book(patient, sent)
    other = await desk.somebody(Role.PATIENT)

    late = await desk.book(other, {**sent, "patient_id": str(other.patient_id)})

    assert (late.status_code, late.json()["code"]) == (409, "slot-taken")
    (slot,) = late.json()["alternatives"]
    assert slot["doctor_id"] == sent["doctor_id"]
    assert slot["slot_start"] == "2026-12-02T09:30:00Z"


async def test_a_declined_card_says_why(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    async def decline(_: Asked) -> Outcome[Any]:
        return refused("payment-declined", decline_code="insufficient_funds")

    processes.book = decline

    declined = await desk.book(patient, a_booking(patient, payment=PREPAID))

    assert declined.status_code == 402
    assert declined.json()["decline_code"] == "insufficient_funds"


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
async def test_a_process_that_failed_is_followed_by_staff_only(
    desk: Desk, patient: Person, processes: FakeProcesses, status: Status
) -> None:
    async def fail(_: Asked) -> Outcome[Any]:
        return Outcome(status=status)

    processes.book = fail
    reception = await desk.somebody(Role.RECEPTIONIST)

    answers = [await desk.book(patient), await desk.book(reception)]

    assert [answer.json()["code"] for answer in answers] == ["process-failed"] * 2
    assert ["links" in answer.json() for answer in answers] == [False, True]


async def test_who_does_not_want_to_wait_follows_the_process(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    answer = await desk.book(patient, Prefer="respond-async")

    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["location"] == f"/v1/sagas/{processes.asked[0].id}"
    assert answer.headers["retry-after"] == "1"
    told = answer.json()
    assert (told["type"], told["state"]) == ("BookAppointment", "RUNNING")
    assert told["links"]["resource"].startswith("/v1/appointments/")


@pytest.mark.parametrize(
    ("prefer", "seconds"), [("wait=3", 3), ("wait=60", 10), ("wait=soon", 10), ("", 10)]
)
async def test_a_client_says_how_long_it_waits_up_to_ten_seconds(
    desk: Desk, patient: Person, processes: FakeProcesses, prefer: str, seconds: float
) -> None:
    await desk.book(patient, Prefer=prefer)

    assert processes.patience == [seconds]


@pytest.mark.parametrize("parked", [True, False])
async def test_nobody_waits_for_an_operator(
    desk: Desk, patient: Person, processes: FakeProcesses, *, parked: bool
) -> None:
    async def think(_: Asked) -> Outcome[Any] | None:
        return Outcome(status=Status.NEEDS_ATTENTION) if parked else None

    processes.book = think

    answer = await desk.book(patient)

    assert answer.status_code == 202
    assert answer.json()["state"] == ("NEEDS_ATTENTION" if parked else "RUNNING")


async def test_without_the_engine_the_same_key_is_safe_to_send_again(
    desk: Desk, patient: Person, processes: FakeProcesses
) -> None:
    sent, key = a_booking(patient), {"Idempotency-Key": "desk-2"}

    async def be_away(_: Asked) -> Outcome[Any]:
        raise EngineAwayError

    processes.book = be_away
    away = await desk.book(patient, sent, **key)
    processes.book = processes.take_slot
    again = await desk.book(patient, sent, **key)

    assert (away.status_code, away.json()["retryable"]) == (503, True)
    assert away.headers["retry-after"]
    assert again.status_code == 201
    assert processes.asked[0].id == processes.asked[1].id


@pytest.mark.parametrize("named", ["patient_id"])
async def test_a_patient_books_for_nobody_else(
    desk: Desk, patient: Person, processes: FakeProcesses, named: str
) -> None:
    answer = await desk.book(patient, {**a_booking(patient), named: str(uuid4())})

    assert answer.json()["code"] == "unknown-reference"
    assert answer.json()["errors"][0]["pointer"] == f"/{named}"
    assert processes.asked == []


@pytest.fixture
async def held(desk: Desk, patient: Person) -> dict[str, Any]:
    answer = await desk.book(patient, a_booking(patient, payment={"mode": "prepaid"}))
    told: dict[str, Any] = answer.json()
    return told


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def test_a_held_slot_is_paid_for_by_an_update_of_its_own_id(
    desk: Desk, patient: Person, processes: FakeProcesses, held: dict[str, Any]
) -> None:
    async def pay(request: Message) -> Outcome[Any]:
        assert isinstance(request, Pay)
        state = await processes.confirm(UUID(held["id"]))
        return Outcome(
            status=Status.DONE,
            result=Booking(
                appointment_id=held["id"],
                bill_id=held["bill_id"],
                status=state.status,
                version=state.version,
            ),
        )

    processes.answer_update = pay
    path = f"{held['links']['self']}/pay"

    paid = await desk.post(patient, path, {"payment_method": "pm_card_visa"}, **a_key())

    assert (paid.status_code, paid.json()["status"]) == (200, "BOOKED")
    assert paid.headers["etag"] == '"v2"'
    ((update_id, request),) = processes.updates
    assert isinstance(request, Pay)
    assert update_id == f"pay-{request.command}"


async def test_a_slot_that_is_let_go_is_shown_as_released(
    desk: Desk, patient: Person, processes: FakeProcesses, held: dict[str, Any]
) -> None:
    async def let_go(request: Message) -> Outcome[Any]:
        assert isinstance(request, Release)
        await processes.let_go(UUID(held["id"]))
        return refused("released")

    processes.answer_update = let_go

    answer = await desk.post(patient, f"{held['links']['self']}/release", {})

    assert (answer.status_code, answer.json()["status"]) == (200, "RELEASED")


async def test_a_slot_that_was_paid_for_meanwhile_is_not_let_go(
    desk: Desk, patient: Person, processes: FakeProcesses, held: dict[str, Any]
) -> None:
    async def booked_already(_: Message) -> Outcome[Any]:
        return Outcome(status=Status.DONE)

    processes.answer_update = booked_already

    answer = await desk.post(patient, f"{held['links']['self']}/release", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "not-held")


@pytest.mark.parametrize(
    ("has_expired", "status", "code"), [(True, 410, "hold-expired"), (False, 409, "not-held")]
)
async def test_when_the_process_is_over_the_row_says_why(  # noqa: PLR0913, PLR0917 - fixtures
    desk: Desk,
    patient: Person,
    processes: FakeProcesses,
    held: dict[str, Any],
    has_expired: bool,  # noqa: FBT001 - a case
    status: int,
    code: str,
) -> None:
    if has_expired:
        await processes.expire(UUID(held["id"]))
    path = f"{held['links']['self']}/pay"

    answer = await desk.post(patient, path, {"payment_method": "pm_card_visa"}, **a_key())

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_process_that_takes_no_payment_now_says_so(
    desk: Desk, patient: Person, processes: FakeProcesses, held: dict[str, Any]
) -> None:
    async def refuse(_: Message) -> Outcome[Any]:
        raise UpdateRefusedError(Code.NOT_HELD.text)

    processes.answer_update = refuse
    path = f"{held['links']['self']}/pay"

    answer = await desk.post(patient, path, {"payment_method": "pm_card_visa"}, **a_key())

    assert answer.json()["code"] == "not-held"


async def test_a_stale_version_changes_nothing(
    desk: Desk, patient: Person, processes: FakeProcesses, held: dict[str, Any]
) -> None:
    answer = await desk.post(
        patient, f"{held['links']['self']}/release", {}, **{"If-Match": '"v7"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "version-mismatch")
    assert processes.updates == []
    assert held["status"] == AppointmentStatus.HELD
