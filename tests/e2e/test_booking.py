"""Every form of a booking, from a client's request to the mail that the patient gets."""

import asyncio
from collections import Counter
from datetime import datetime
from uuid import UUID

import pytest

from tests.e2e.desk import HELD, LATER, card
from tests.e2e.hospital import Hospital
from tests.e2e.people import DOCTOR

MANY, OTHERS = 50, 5


async def test_of_fifty_bookings_of_one_slot_exactly_one_wins(hospital: Hospital) -> None:
    slot = hospital.slot()
    wishes = [hospital.wish(slot=slot) for _ in range(MANY)]

    answers = await asyncio.gather(*(hospital.desk.settled(wish) for wish in wishes))

    told = Counter((a.status_code, a.json().get("code")) for a in answers)
    assert told == {(201, None): 1, (409, "slot-taken"): MANY - 1}
    offered = [a.json()["alternatives"] for a in answers if a.status_code == 409]
    assert all(len(others) == OTHERS for others in offered)
    assert not [other for others in offered for other in others if starts_at(other) == slot]
    (won,) = [a.json()["id"] for a in answers if a.status_code == 201]
    assert await hospital.outcome(won) == "O-01"
    taken = await hospital.databases.rows(
        "appointments",
        "SELECT appointment_id FROM app.appointments WHERE doctor_id = $1 AND slot_start = $2",
        *(DOCTOR, slot),
    )
    assert taken == [{"appointment_id": UUID(won)}]
    log = (hospital.stack.folder / "postgres.log").read_text()
    assert "deadlock detected" not in log
    await hospital.check_books()


def starts_at(other: dict[str, str]) -> datetime:
    return datetime.fromisoformat(other["slot_start"])


async def test_who_comes_too_late_is_offered_the_next_free_slots(hospital: Hospital) -> None:
    slot = hospital.slot()
    await hospital.desk.settled(hospital.wish(slot=slot))

    late = await hospital.desk.settled(hospital.wish(slot=slot))

    offered = late.json()["alternatives"]
    taken = await hospital.databases.rows(
        "appointments",
        "SELECT slot_start FROM app.appointments"
        " WHERE doctor_id = $1 AND status IN ('HELD', 'BOOKED')",
        DOCTOR,
    )
    assert len(offered) == OTHERS
    assert not {row["slot_start"] for row in taken} & {starts_at(other) for other in offered}


@pytest.mark.parametrize(
    ("payment", "outcome"), [(LATER, "O-01"), (card(), "O-02")], ids=["later", "prepaid"]
)
async def test_a_booking_carries_its_correlation_id_everywhere(
    hospital: Hospital, payment: dict[str, str], outcome: str
) -> None:
    wish = hospital.wish(payment)

    booked = await hospital.desk.settled(wish)

    told = booked.json()
    assert (booked.status_code, told["status"]) == (201, "BOOKED"), told
    assert booked.headers["X-Correlation-ID"] == wish.correlation
    assert await hospital.outcome(told["id"]) == outcome
    places = await where_it_is_found(hospital, told["id"])
    assert places == {place: {wish.correlation} for place in places}
    described = await hospital.describe(f"book-{told['id']}")
    assert described
    assert described.search_attributes["CorrelationId"] == [wish.correlation]


async def where_it_is_found(hospital: Hospital, appointment_id: str) -> dict[str, set[str]]:
    """Look for the correlation ids of everything that a booking left behind."""
    found: dict[str, set[str]] = {}
    for service, table, column in (
        ("appointments", "appointments", "appointment_id"),
        ("appointments", "appointment_changes", "appointment_id"),
        ("billing", "bills", "appointment_id"),
        ("payments", "payments", "appointment_id"),
        ("notifications", "notifications", "appointment_id"),
        ("analytics", "events", "appointment_id"),
        ("audit", "records", "object_id"),
    ):
        rows = await hospital.databases.rows(
            service,
            f"SELECT correlation_id FROM app.{table} WHERE {column}::text = $1",  # noqa: S608 - names of ours
            appointment_id,
        )
        assert rows or service == "payments", f"{table} has nothing"
        found[table] = {row["correlation_id"] for row in rows} or {""}
    if found["payments"] == {""}:
        del found["payments"]
    rows = await hospital.databases.rows(
        "notifications",
        "SELECT notification_id FROM app.notifications WHERE appointment_id = $1",
        UUID(appointment_id),
    )
    ours = {str(row["notification_id"]) for row in rows}
    mails = await hospital.mailbox.mails()
    found["mails"] = {mail["correlation_id"] for mail in mails if mail["about"] in ours}
    return found


async def test_a_declined_card_leaves_the_slot_free_and_charges_nothing(
    hospital: Hospital,
) -> None:
    wish = hospital.wish(card("pm_card_visa_chargeDeclinedInsufficientFunds"))

    declined = await hospital.desk.settled(wish)

    told = declined.json()
    assert (declined.status_code, told["code"]) == (402, "payment-declined")
    assert told["decline_code"] == "insufficient_funds"
    (row,) = await visits_at(hospital, wish.slot)
    assert await hospital.outcome(str(row["appointment_id"])) == "O-04"
    assert (await hospital.account_of(str(row["appointment_id"]))).status == "canceled"
    again = await hospital.desk.settled(hospital.wish(slot=wish.slot))
    assert again.status_code == 201


async def visits_at(hospital: Hospital, slot: object) -> list[dict[str, object]]:
    return await hospital.databases.rows(
        "appointments",
        "SELECT * FROM app.appointments WHERE doctor_id = $1 AND slot_start = $2",
        *(DOCTOR, slot),
    )


async def test_a_held_slot_is_paid_for(hospital: Hospital) -> None:
    held = await hospital.desk.settled(hospital.wish(HELD))

    told = held.json()
    paid = await hospital.desk.paid(told["id"])

    assert (held.status_code, told["status"]) == (201, "HELD")
    assert told["payment"]["client_secret"]
    assert told["hold_expires_at"]
    assert (paid.status_code, paid.json()["status"]) == (200, "BOOKED")
    assert await hospital.outcome(told["id"]) == "O-02"


async def test_a_card_that_is_declined_may_be_followed_by_another(hospital: Hospital) -> None:
    visit = (await hospital.desk.settled(hospital.wish(HELD))).json()["id"]

    declined = await hospital.desk.paid(visit, "pm_card_visa_chargeDeclined")
    paid = await hospital.desk.paid(visit)

    assert (declined.status_code, declined.json()["code"]) == (402, "payment-declined")
    assert paid.json()["status"] == "BOOKED"
    assert await hospital.outcome(visit) == "O-02"


async def test_a_held_slot_that_is_let_go_is_free_at_once(hospital: Hospital) -> None:
    wish = hospital.wish(HELD)
    visit = (await hospital.desk.settled(wish)).json()["id"]

    released = await hospital.desk.release(visit)
    again = await hospital.desk.settled(hospital.wish(slot=wish.slot))

    assert (released.status_code, released.json()["status"]) == (200, "RELEASED")
    assert again.status_code == 201
    assert await hospital.outcome(visit) == "O-05"
    account = await hospital.account_of(visit)
    assert (account.status, account.captured) == ("canceled", 0)


async def test_what_the_bank_asks_is_told_and_its_news_books_the_visit(
    hospital: Hospital,
) -> None:
    held = await hospital.desk.settled(hospital.wish(card("pm_card_authenticationRequired")))
    told = held.json()
    account = await hospital.account_of(told["id"])

    await hospital.gateway.authenticate(account.id)

    assert (held.status_code, told["status"]) == (201, "HELD")
    assert told["payment"]["next_action"]["type"] == "use_stripe_sdk"
    assert await hospital.outcome(told["id"]) == "O-02"


async def test_who_pays_in_the_form_of_the_gateway_is_booked_by_its_news(
    hospital: Hospital,
) -> None:
    visit = (await hospital.desk.settled(hospital.wish(HELD))).json()["id"]
    account = await hospital.account_of(visit)

    await hospital.gateway.confirm(account.id)

    assert await hospital.outcome(visit) == "O-02"
    read = await hospital.desk.get(f"/v1/appointments/{visit}")
    assert read.json()["status"] == "BOOKED"


async def test_news_and_a_payment_at_once_charge_once(hospital: Hospital) -> None:
    visits = [(await hospital.desk.settled(hospital.wish(HELD))).json()["id"] for _ in range(6)]
    accounts = [await hospital.account_of(visit) for visit in visits]
    await hospital.gateway.deliver("hold")
    for account in accounts:
        await hospital.gateway.confirm(account.id)

    delivery = asyncio.create_task(hospital.gateway.deliver("duplicate"))
    paid = await asyncio.gather(*(hospital.desk.paid(visit) for visit in visits))
    await delivery
    await hospital.gateway.deliver("normal")

    assert {(a.status_code, a.json()["status"]) for a in paid} == {(200, "BOOKED")}
    assert {await hospital.outcome(visit) for visit in visits} == {"O-02"}
    assert {await hospital.gateway.captures(account.id) for account in accounts} == {1}
    await hospital.check_books()
