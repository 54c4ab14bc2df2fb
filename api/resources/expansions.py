"""What `?expand=` adds to an appointment: one read per database, no joins."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from api.callers import Caller
from api.parts import Readers
from api.problems import Code, Problem
from api.resources.appointments import ALL_AMOUNTS, Expansion
from api.shown import MoneyOut, contact, in_z
from db.reading import EVERYTHING, Record

# Whoever sees the visit sees what belongs to it, as far as the role goes: so the reads have no
# sight of their own.

Expand = Callable[[Readers, Record, Caller], Awaitable[Any]]


async def patient(readers: Readers, visit: Record, caller: Caller) -> Mapping[str, Any] | None:
    found = await readers.patients.find(visit["patient_id"], EVERYTHING)
    if found is None:
        return None
    email, phone = contact(caller, found["email"], found["phone"])
    return {"id": str(found["patient_id"]), "name": found["name"], "email": email, "phone": phone}


async def doctor(readers: Readers, visit: Record, _: Caller) -> Mapping[str, Any] | None:
    found = await readers.doctors.find(visit["doctor_id"])
    if found is None:
        return None
    shown = ("name", "department", "specialization", "timezone", "is_active", "is_available")
    return {"id": str(found["doctor_id"]), **{name: found[name] for name in shown}}


async def bill(readers: Readers, visit: Record, caller: Caller) -> Mapping[str, Any] | None:
    if caller.role not in ALL_AMOUNTS:
        return None
    found = await readers.billing.find_of_appointment(visit["appointment_id"], EVERYTHING)
    if found is None:
        return None
    amounts = {"total": "total_amount", "paid": "paid_amount", "balance": "balance"}
    return {
        "id": str(found["bill_id"]),
        "number": found["number"],
        "status": found["status"],
        "due_date": found["due_date"].isoformat(),
        **{
            name: MoneyOut.of(found[column], found["currency"]).model_dump()
            for name, column in amounts.items()
        },
    }


async def payments(
    readers: Readers, visit: Record, caller: Caller
) -> list[Mapping[str, Any]] | None:
    if caller.role not in ALL_AMOUNTS:
        return None
    found = await readers.payments.of_appointments([visit["appointment_id"]], EVERYTHING)
    return [
        {
            "id": str(row["payment_id"]),
            "status": row["status"],
            "amount": MoneyOut.of(row["amount"], row["currency"]).model_dump(),
            "created_at": in_z(row["created_at"]),
        }
        for row in found
    ]


EXPANSIONS: Mapping[Expansion, Expand] = {
    "patient": patient,
    "doctor": doctor,
    "bill": bill,
    "payments": payments,
}


def expansions_of(expand: str) -> list[Expansion]:
    """Read `patient,bill`; an unknown name is refused."""
    names = list(dict.fromkeys(filter(None, expand.split(","))))
    known = [name for name in EXPANSIONS if name in names]
    if len(known) < len(names):
        raise Problem(Code.UNKNOWN_FILTER)
    return known


async def expanded(
    wanted: Iterable[Expansion], readers: Readers, visit: Record, caller: Caller
) -> dict[str, Any]:
    names = list(wanted)
    read = await asyncio.gather(*(EXPANSIONS[name](readers, visit, caller) for name in names))
    return dict(zip(names, read, strict=True))
