"""`hms slots`, `hms book`, `hms reschedule`, `hms cancel`: visits, through the API."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ops.commands.asking import (
    AsJson,
    Key,
    at_the_door,
    commanding,
    money,
    show,
    visit_line,
    wall_time,
)
from ops.door import Body

Id = Annotated[str, typer.Argument(help="The appointment's id.")]
At = Annotated[str, typer.Option(help="When it begins, as 2026-12-01T09:00:00Z.")]
Card = Annotated[str | None, typer.Option(help="A payment method of the gateway's, pm_….")]
DAY = timedelta(days=1)


class OnBehalfOf(StrEnum):
    PATIENT = "patient"
    HOSPITAL = "hospital"


By = Annotated[OnBehalfOf, typer.Option(help="On whose behalf: it decides what it costs.")]


def slots(
    doctor: Annotated[str, typer.Option(help="The doctor's id.")],
    date: Annotated[str | None, typer.Option(help="Where the doctor is, as 2026-12-01.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List when a doctor is free: on a date, or in the next seven days."""
    day = day_of(date)
    with at_the_door(as_json=as_json) as door:
        found = door.get(f"/v1/doctors/{doctor}/slots", around(day) if day else None)
    free = [slot for slot in found["data"] if day is None or local_day(slot) == day]
    show({"data": free}, slots_told, as_json=as_json)


def book(  # noqa: PLR0913 - what a booking says
    *,
    patient: Annotated[str, typer.Option(help="The patient's id.")],
    doctor: Annotated[str, typer.Option(help="The doctor's id.")],
    department: Annotated[str, typer.Option(help="The department's id.")],
    at: At,
    card: Card = None,
    pay_later: Annotated[
        bool, typer.Option("--pay-later", help="By itself, without a card.")
    ] = False,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Book a visit: paid later, or at once with a card."""
    if card and pay_later:
        raise typer.BadParameter("a card pays at once: say --card or --pay-later")
    payment = {"mode": "prepaid", "payment_method": card} if card else {"mode": "pay_later"}
    body = {
        "patient_id": patient,
        "doctor_id": doctor,
        "department_id": department,
        "slot_start": at,
        "payment": payment,
    }
    with commanding(key, as_json=as_json) as send:
        visit = send("/v1/appointments", body)
    show(visit, booked_told, as_json=as_json)


def reschedule(  # noqa: PLR0913 - what a move says
    appointment_id: Id,
    *,
    at: At,
    doctor: Annotated[str | None, typer.Option(help="Another doctor's id.")] = None,
    card: Card = None,
    by: By = OnBehalfOf.PATIENT,
    reason: Annotated[str | None, typer.Option(help="Why it moves.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Move a visit; a card pays what it costs more, if it is paid already."""
    body = {
        "slot_start": at,
        "doctor_id": doctor,
        "payment_method": card,
        "by": by,
        "reason": reason,
    }
    with commanding(key, as_json=as_json) as send:
        visit = send(f"/v1/appointments/{appointment_id}/reschedule", body)
    show(visit, moved_told, as_json=as_json)


def cancel(  # noqa: PLR0913 - what a cancellation says
    appointment_id: Id,
    *,
    reason: Annotated[str | None, typer.Option(help="Why; not needed for a quote.")] = None,
    by: By = OnBehalfOf.PATIENT,
    quote: Annotated[
        bool, typer.Option("--quote", help="Say what it costs; change nothing.")
    ] = False,
    accept_fee: Annotated[str | None, typer.Option(help="The most it may cost, as 52.50.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a visit: its slot is free at once, and what is due goes back."""
    path = f"/v1/appointments/{appointment_id}"
    if quote:
        with at_the_door(as_json=as_json) as door:
            told = door.get(f"{path}/cancellation-quote", {"by": by})
        show(told, quote_told, as_json=as_json)
        return
    if reason is None:
        raise typer.BadParameter("a cancellation needs --reason")
    body: dict[str, Any] = {"by": by, "reason": reason}
    if accept_fee:
        with at_the_door(as_json=as_json) as door:
            currency = door.get(f"{path}/cancellation-quote", {"by": by})["fee"]["currency"]
        body["accept_fee"] = {"amount": accept_fee, "currency": currency}
    with commanding(key, as_json=as_json) as send:
        visit = send(f"{path}/cancel", body)
    show(visit, cancelled_told, as_json=as_json)


def day_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("a date is YYYY-MM-DD") from None


def around(day: date) -> dict[str, str]:
    """Ask for a day wherever the doctor is: it is within one of the day in UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    since = max(midnight - DAY, datetime.now(UTC))
    return {
        name: moment.isoformat() for name, moment in (("from", since), ("to", midnight + 2 * DAY))
    }


def local_day(slot: Body) -> date:
    begin = datetime.fromisoformat(slot["slot_start"])
    return begin.astimezone(ZoneInfo(slot["timezone"])).date()


def slots_told(found: Body) -> str:
    lines = [
        f"{slot['slot_start']}  {wall_time(slot['slot_start'], slot['timezone'])}"
        for slot in found["data"]
    ]
    return "\n".join(lines) or "nothing is free"


def booked_told(visit: Body) -> str:
    lines = [visit_line(visit), f"costs {money(visit['price']['total'])}"]
    if visit["status"] == "HELD":
        lines.append(f"held until {visit['hold_expires_at']}: pay by then")
    return "\n".join(lines)


def moved_told(visit: Body) -> str:
    return "\n".join([visit_line(visit), *back(visit.get("refunds"))])


def cancelled_told(visit: Body) -> str:
    cancellation = visit["cancellation"]
    cost = f"costs {money(cancellation['fee'])} ({cancellation['rule']})"
    if cancellation["fee"] is None:
        cost = "a person settles what it costs"
    return "\n".join([visit_line(visit), cost, *back(cancellation["refunds"])])


def back(refunds: list[dict[str, Any]] | None) -> Iterator[str]:
    for refund in refunds or []:
        yield f"{money(refund['amount'])} goes back: {refund['status']}"


def quote_told(told: Body) -> str:
    lines = [f"costs {money(told['fee'])} ({told['rule']})"]
    if told["refund"]:
        lines.append(f"{money(told['refund'])} of {money(told['paid'])} goes back")
    if told["free_until"]:
        lines.append(f"free before {told['free_until']}")
    if told["refused_from"]:
        lines.append(f"not possible from {told['refused_from']} on")
    return "\n".join(lines)
