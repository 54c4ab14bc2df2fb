"""Bills, payments and refunds, as whoever may see them sees them."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from activities.billing.contract import OpenBill
from activities.users.contract import Role
from tests.activities.bills import a_bill, a_payment
from tests.api.desk import Desk, Person, pounds
from tests.api.hospital import Hospital
from tests.examples import a_process

PAID = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
TRACE = """SELECT set_config('hms.trace',
  '{"workflow_id": "test", "accepted_at": "2026-12-01T08:00:00Z", "actor_role": "SYSTEM"}', true)
"""
PAYMENT = """
    INSERT INTO app.payments (payment_id, bill_id, appointment_id, patient_id, amount, currency,
                              method, status, idempotency_key)
    VALUES ($1, $2, $3, $4, 105, 'GBP', 'CARD', 'PENDING', $1::uuid::text)
"""
COMPLETED = """
    UPDATE app.payments SET status = 'COMPLETED', reference = 'pi_1', authorised_amount = 105,
      captured_amount = 105, authorised_at = $2, paid_at = $2, version = version + 1
    WHERE payment_id = $1
"""
REFUND = """
    INSERT INTO app.refunds (refund_id, payment_id, amount, currency, reason_code, reason, status,
                             accepted_at)
    VALUES ($1, $2, 52.5, 'GBP', 'GOODWILL', 'a long wait', 'PENDING', $3)
"""


@pytest.fixture
async def billing(desk: Desk) -> Person:
    return await desk.somebody(Role.BILLING)


@pytest.fixture
async def bill(hospital: Hospital) -> OpenBill:
    return await hospital.bill(await hospital.patient(), "100.00", "9.99")


async def pay(superuser: dict[str, asyncpg.Connection], bill: OpenBill) -> tuple[UUID, UUID]:
    """Write a payment and a refund down, as the gateway's answers would."""
    payment, refund = uuid4(), uuid4()
    connection = superuser["payments"]
    async with connection.transaction():
        await connection.execute(TRACE)
        await connection.execute(
            PAYMENT, payment, bill.bill_id, bill.appointment_id, bill.patient_id
        )
        await connection.execute(COMPLETED, payment, PAID)
        await connection.execute(REFUND, refund, payment, PAID)
    return payment, refund


async def test_a_bill_is_shown_with_its_lines(
    hospital: Hospital, billing: Person, bill: OpenBill
) -> None:
    payment = a_payment(bill, "15.49")
    await hospital.billing.payments.apply_payment(a_process("pay-1"), payment)

    shown = (await hospital.desk.get(billing, f"/v1/bills/{bill.bill_id}")).json()

    assert shown["net"] == pounds("109.99")
    assert shown["tax"] == pounds("5.50")
    assert shown["total"] == pounds("115.49")
    assert (shown["paid"], shown["balance"]) == (pounds("15.49"), pounds("100.00"))
    assert (shown["status"], shown["due_date"]) == ("PARTIALLY_PAID", "2027-01-01")
    assert [line["net"] for line in shown["lines"]] == [pounds("100.00"), pounds("9.99")]
    assert shown["lines"][0]["quantity"] == "1"
    assert shown["adjustments"] == []


async def test_what_was_credited_is_told(hospital: Hospital, billing: Person) -> None:
    opened = a_process("book-9")
    bill = a_bill().model_copy(update={"patient_id": await hospital.patient()})
    await hospital.billing.open_bill(opened, bill)
    await hospital.billing.void_bill(opened, bill)

    shown = (await hospital.desk.get(billing, f"/v1/bills/{bill.bill_id}")).json()

    assert shown["status"] == "VOID"
    assert [adjustment["amount"] for adjustment in shown["adjustments"]] == [pounds("105.00")]
    assert shown["balance"] == pounds("0.00")


async def test_bills_are_found_by_what_is_known_of_them(
    hospital: Hospital, billing: Person, bill: OpenBill
) -> None:
    other = await hospital.bill(await hospital.patient())
    queries = {
        f"patient_id={bill.patient_id}": [bill],
        f"appointment_id={other.appointment_id}": [other],
        "status=OPEN&sort=due_date": sorted((bill, other), key=lambda b: b.bill_id),
        "status=PAID": [],
        "due_from=2027-01-01&due_to=2027-01-01&patient_id=" + str(other.patient_id): [other],
        "due_from=2027-01-02": [],
        "overdue=true": [],
    }
    for query, expected in queries.items():
        found = (await hospital.desk.get(billing, f"/v1/bills?{query}")).json()["data"]

        assert [UUID(one["id"]) for one in found] == [one.bill_id for one in expected], query
        assert all("lines" not in one for one in found)


async def test_pages_of_bills_meet_and_do_not_overlap(hospital: Hospital, billing: Person) -> None:
    patient = await hospital.patient()
    bills = {str((await hospital.bill(patient)).bill_id) for _ in range(5)}

    seen, path = [], "/v1/bills?limit=2&sort=due_date"
    while path:
        page = await hospital.desk.get(billing, path)
        seen += [bill["id"] for bill in page.json()["data"]]
        path = page.headers.get("link", "<>").partition("<")[2].partition(">")[0]

    assert (len(seen), set(seen)) == (5, bills)


async def test_payments_and_refunds_are_shown(
    hospital: Hospital,
    billing: Person,
    bill: OpenBill,
    superuser: dict[str, asyncpg.Connection],
) -> None:
    payment, refund = await pay(superuser, bill)

    paid = (await hospital.desk.get(billing, f"/v1/payments/{payment}")).json()
    given_back = (await hospital.desk.get(billing, f"/v1/refunds/{refund}")).json()
    payments = await hospital.desk.get(billing, f"/v1/payments?bill_id={bill.bill_id}&method=CARD")
    refunds = await hospital.desk.get(billing, f"/v1/refunds?payment_id={payment}&status=PENDING")

    assert (paid["amount"], paid["status"]) == (pounds("105.00"), "COMPLETED")
    assert paid["paid_at"] == "2026-12-01T08:30:00Z"
    assert (given_back["amount"], given_back["reason"]) == (pounds("52.50"), "a long wait")
    assert payments.json()["data"] == [paid]
    assert refunds.json()["data"] == [given_back]
    for answer in (paid, given_back):
        assert not {"reference", "client_secret", "payment_method"} & answer.keys()


async def test_what_is_of_another_patient_is_not_there(
    hospital: Hospital, bill: OpenBill, superuser: dict[str, asyncpg.Connection]
) -> None:
    payment, refund = await pay(superuser, bill)
    own = await hospital.desk.somebody(Role.PATIENT, patient=bill.patient_id)
    other = await hospital.desk.somebody(Role.PATIENT)
    same = {"X-Correlation-ID": "the-same"}

    for kind, thing in (("bills", bill.bill_id), ("payments", payment), ("refunds", refund)):
        seen = await hospital.desk.get(own, f"/v1/{kind}/{thing}")
        hidden = await hospital.desk.get(other, f"/v1/{kind}/{thing}", **same)
        missing = await hospital.desk.get(other, f"/v1/{kind}/{uuid4()}", **same)

        assert seen.status_code == 200
        assert (hidden.status_code, hidden.content) == (404, missing.content)
        assert (await hospital.desk.get(other, f"/v1/{kind}")).json()["data"] == []
        assert len((await hospital.desk.get(own, f"/v1/{kind}")).json()["data"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "bills?amount=1",
        "bills?sort=-due_date",
        "bills?status=FREE",
        "bills?overdue=maybe",
        "payments?reference=pi_1",
        "payments?sort=due_date",
        "refunds?bill_id=1",
    ],
)
async def test_another_question_about_money_is_refused(
    desk: Desk, billing: Person, path: str
) -> None:
    assert (await desk.get(billing, f"/v1/{path}")).status_code == 422


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.OPS])
@pytest.mark.parametrize("kind", ["bills", "payments", "refunds"])
async def test_money_is_nothing_for_some(desk: Desk, role: Role, kind: str) -> None:
    somebody = await desk.somebody(role)

    assert (await desk.get(somebody, f"/v1/{kind}")).status_code == 403
