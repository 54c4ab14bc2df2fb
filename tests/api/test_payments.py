"""Bills are paid, by card and at the desk, and money is given back."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from activities.contract import By
from activities.payments.contract import Method
from activities.users.contract import Role
from tests.api.clerk import DECLINED, Booked, Clerk
from tests.api.desk import Desk, Person, code_of, pounds
from tests.api.fakes import Asked, FakeProcesses, refused
from tests.api.hospital import TEN, Hospital
from tests.examples import a_process
from workflows.refund_payment import RefundPayment
from workflows.saga_workflow import Outcome
from workflows.take_payment import TakePayment

VISA = "pm_card_visa"


@pytest.fixture
async def billing(desk: Desk) -> Person:
    return await desk.somebody(Role.BILLING)


def by_card(bill: Booked, amount: str = "105.00", method: str = VISA) -> dict[str, Any]:
    return {
        "bill_id": str(bill.bill.bill_id),
        "amount": pounds(amount),
        "method": "CARD",
        "payment_method": method,
    }


def in_cash(bill: Booked, amount: str = "105.00", **more: object) -> dict[str, Any]:
    return {
        "bill_id": str(bill.bill.bill_id),
        "amount": pounds(amount),
        "method": "CASH",
        **more,
    }


async def pay(desk: Desk, who: Person, body: object, **headers: str) -> Response:
    return await desk.command(who, "/v1/payments", body, **headers)


async def give_back(desk: Desk, who: Person, body: object, **headers: str) -> Response:
    return await desk.command(who, "/v1/refunds", body, **headers)


def a_refund(payment: UUID, amount: str = "20.00") -> dict[str, Any]:
    return {"payment_id": str(payment), "amount": pounds(amount), "reason": "a long wait"}


async def test_a_patient_pays_by_card(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    paid = await pay(desk, patient, by_card(booked, "30.00"))

    told, read = paid.json(), await desk.get(patient, paid.headers["location"])
    assert paid.status_code == 201, paid.text
    assert told == read.json()
    assert paid.headers["etag"] == read.headers["etag"]
    assert (told["bill_id"], told["amount"]) == (str(booked.bill.bill_id), pounds("30.00"))
    assert (told["status"], told["refunded"]) == ("COMPLETED", pounds("0.00"))
    (wanted,) = processes.asked
    assert isinstance(wanted.request, TakePayment)
    assert (wanted.request.method, wanted.request.payment_method) == (Method.CARD, VISA)
    assert wanted.id == f"payment-{told['id']}"
    assert wanted.about["AppointmentId"] == str(booked.visit.appointment_id)


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.BILLING])
async def test_the_desk_takes_other_money_too(
    desk: Desk, processes: FakeProcesses, booked: Booked, role: Role
) -> None:
    somebody = await desk.somebody(role)

    paid = await pay(desk, somebody, in_cash(booked, reference="receipt 17"))

    assert (paid.status_code, paid.json()["method"]) == (201, "CASH")
    (wanted,) = processes.asked
    assert isinstance(wanted.request, TakePayment)
    assert wanted.request.reference == "receipt 17"


async def test_what_a_patient_says_of_cash_is_not_believed(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    answer = await pay(desk, patient, in_cash(booked))

    assert code_of(answer) == (403, "not-allowed")
    assert processes.asked == []


async def test_a_declined_card_says_that_nothing_was_charged(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    answer = await pay(desk, patient, by_card(booked, method=DECLINED))

    assert code_of(answer) == (402, "payment-declined")
    assert answer.json()["decline_code"] == "insufficient_funds"
    assert "Nothing was charged" in answer.json()["detail"]
    bill = (await desk.get(patient, f"/v1/bills/{booked.bill.bill_id}")).json()
    assert bill["paid"] == pounds("0.00")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("105.01", (409, "amount-exceeds-due")),
        ("0", (422, "validation-failed")),
        ("0.00", (422, "validation-failed")),
        ("-1", (422, "validation-failed")),
        ("1.001", (422, "validation-failed")),
        ("1e2", (422, "validation-failed")),
        ("10000000000", (422, "validation-failed")),
    ],
)
async def test_no_layer_takes_a_zero_negative_or_excess_amount(
    desk: Desk, patient: Person, booked: Booked, amount: str, expected: tuple[int, str]
) -> None:
    answer = await pay(desk, patient, by_card(booked, amount))

    assert code_of(answer) == expected
    bill = (await desk.get(patient, f"/v1/bills/{booked.bill.bill_id}")).json()
    assert (bill["paid"], bill["version"]) == (pounds("0.00"), 1)


async def test_another_currency_is_pointed_at(desk: Desk, patient: Person, booked: Booked) -> None:
    body = {**by_card(booked), "amount": {"amount": "105.00", "currency": "EUR"}}

    answer = await pay(desk, patient, body)

    assert code_of(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == "/amount/currency"


async def test_a_paid_bill_takes_no_more(
    desk: Desk, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    await clerk.pay(booked)

    assert code_of(await pay(desk, patient, by_card(booked, "1.00"))) == (409, "bill-closed")


@pytest.mark.parametrize("is_held", [True, False])
async def test_a_bill_of_a_held_slot_is_paid_elsewhere(
    hospital: Hospital,
    reception: Person,
    processes: FakeProcesses,
    booked: Booked,
    is_held: bool,  # noqa: FBT001 - a case
) -> None:
    visit, bill = booked.visit.appointment_id, booked.bill
    if is_held:
        visit = await hospital.visit(booked.visit.doctor_id, TEN, held=True)
        bill = bill.model_copy(update={"appointment_id": visit, "bill_id": uuid4()})
        await hospital.billing.open_bill(a_process(f"book-{visit}"), bill)

    async def hold(_: Asked) -> Outcome[Any]:
        return refused("bill-held")

    processes.book = hold

    answer = await pay(hospital.desk, reception, by_card(Booked(booked.visit, bill)))

    assert code_of(answer) == (409, "bill-held")
    expected = {"pay": f"/v1/appointments/{visit}/pay"} if is_held else None
    assert answer.json().get("links") == expected


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"payment_method": None}, "/payment_method"),
        ({"method": "CASH"}, "/payment_method"),
        ({"reference": "17"}, "/reference"),
        ({"method": "GOLD"}, "/method"),
        ({"amount": "105.00"}, "/amount"),
        ({"amount": {"amount": "1.00"}}, "/amount/currency"),
        ({"amount": {"amount": "1.50", "currency": "JPY"}}, "/amount"),
        ({"bill_id": "1"}, "/bill_id"),
        ({"tip": "1.00"}, ""),
    ],
)
async def test_only_the_documented_form_of_a_payment_is_taken(  # noqa: PLR0913, PLR0917 - fixtures
    desk: Desk,
    reception: Person,
    processes: FakeProcesses,
    booked: Booked,
    change: dict[str, Any],
    pointer: str,
) -> None:
    answer = await pay(desk, reception, {**by_card(booked), **change})

    assert code_of(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert processes.asked == []


async def test_a_bill_that_is_not_theirs_looks_like_one_that_is_not_there(
    desk: Desk, processes: FakeProcesses, booked: Booked
) -> None:
    other, same = await desk.somebody(Role.PATIENT), {"X-Correlation-ID": "the-same"}

    foreign = await pay(desk, other, by_card(booked), **same)
    missing = await pay(desk, other, {**by_card(booked), "bill_id": str(uuid4())}, **same)

    assert code_of(foreign) == (422, "unknown-reference")
    assert foreign.json()["errors"][0]["pointer"] == "/bill_id"
    assert foreign.content == missing.content
    assert processes.asked == []


async def test_the_same_key_pays_once(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    key = {"Idempotency-Key": "p-1"}

    first = await pay(desk, patient, by_card(booked), **key)
    again = await pay(desk, patient, by_card(booked), **key)
    other = await pay(desk, patient, by_card(booked, "1.00"), **key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert code_of(other) == (422, "idempotency-key-reused")
    assert len(processes.asked) == 1


async def test_who_does_not_wait_for_a_payment_follows_it(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    answer = await pay(desk, patient, by_card(booked), Prefer="respond-async")

    told = answer.json()
    payment_id = processes.asked[0].id.removeprefix("payment-")
    assert (answer.status_code, told["type"]) == (202, "TakePayment")
    assert told["links"]["resource"] == f"/v1/payments/{payment_id}"


@pytest.mark.parametrize("path", ["/v1/payments", "/v1/refunds"])
async def test_money_does_not_move_without_a_key(desk: Desk, billing: Person, path: str) -> None:
    assert code_of(await desk.post(billing, path, {})) == (400, "idempotency-key-required")


async def test_money_is_given_back(
    desk: Desk, clerk: Clerk, billing: Person, processes: FakeProcesses, booked: Booked
) -> None:
    payment = await clerk.pay(booked)

    decided = await give_back(desk, billing, a_refund(payment))

    told, read = decided.json(), await desk.get(billing, decided.headers["location"])
    assert decided.status_code == 201, decided.text
    assert told == read.json()
    assert (told["payment_id"], told["amount"]) == (str(payment), pounds("20.00"))
    assert (told["status"], told["processed_at"]) == ("PENDING", None)
    assert told["reason"] == "a long wait"
    (wanted,) = processes.asked
    assert isinstance(wanted.request, RefundPayment)
    assert wanted.id == f"refund-{told['id']}"
    assert wanted.about["AppointmentId"] == str(booked.visit.appointment_id)


async def test_no_more_is_given_back_than_came_in(
    desk: Desk, clerk: Clerk, billing: Person, booked: Booked
) -> None:
    payment = await clerk.pay(booked)

    too_much = await give_back(desk, billing, a_refund(payment, "105.01"))
    first = await give_back(desk, billing, a_refund(payment, "100.00"))
    rest = await give_back(desk, billing, a_refund(payment, "5.01"))

    assert code_of(too_much) == code_of(rest) == (409, "refund-exceeds-payment")
    assert first.status_code == 201


async def test_a_payment_that_brought_nothing_gives_nothing_back(
    desk: Desk, clerk: Clerk, billing: Person, processes: FakeProcesses, booked: Booked
) -> None:
    payment = await clerk.pay(booked)

    async def decline(_: Asked) -> Outcome[Any]:
        return refused("payment-not-completed")

    processes.book = decline

    answer = await give_back(desk, billing, a_refund(payment))

    assert code_of(answer) == (409, "payment-not-completed")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": pounds("0")}, "/amount"),
        ({"amount": pounds("-1")}, "/amount/amount"),
        ({"amount": pounds("1.001")}, "/amount/amount"),
        ({"reason": ""}, "/reason"),
        ({"payment_id": None}, "/payment_id"),
        ({"refund_id": str(uuid4())}, ""),
    ],
)
async def test_only_the_documented_form_of_a_refund_is_taken(
    desk: Desk, billing: Person, processes: FakeProcesses, change: dict[str, Any], pointer: str
) -> None:
    answer = await give_back(desk, billing, {**a_refund(uuid4()), **change})

    assert code_of(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert processes.asked == []


async def test_a_refund_of_nothing_known_points_at_it(
    desk: Desk, clerk: Clerk, billing: Person, booked: Booked
) -> None:
    payment = await clerk.pay(booked)
    euros = {**a_refund(payment), "amount": {"amount": "1.00", "currency": "EUR"}}

    unknown = await give_back(desk, billing, a_refund(uuid4()))
    foreign = await give_back(desk, billing, euros)

    assert code_of(unknown) == (422, "unknown-reference")
    assert unknown.json()["errors"][0]["pointer"] == "/payment_id"
    assert code_of(foreign) == (422, "validation-failed")
    assert foreign.json()["errors"][0]["pointer"] == "/amount/currency"


async def test_a_refund_of_a_cancellation_is_shown_as_it_stands(
    desk: Desk, clerk: Clerk, reception: Person, processes: FakeProcesses, booked: Booked
) -> None:
    payment = await clerk.pay(booked)

    async def give_back_at_once(wanted: Asked) -> Outcome[Any]:
        outcome = await clerk.end(wanted)
        assert outcome.result
        await clerk.give_back(outcome.result.refunds[0])
        return outcome

    processes.book = give_back_at_once
    body = {"by": By.HOSPITAL.lower(), "reason": "the doctor is ill"}

    cancelled = await desk.command(reception, f"{booked.path}/cancel", body)

    (part,) = cancelled.json()["cancellation"]["refunds"]
    assert (part["payment_id"], part["status"]) == (str(payment), "COMPLETED")
    assert part["processed_at"].endswith("Z")
