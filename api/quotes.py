"""What a cancellation would cost at this moment: by the very rules that it is charged by."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from activities.billing.amounts import minor_of, price_of
from activities.billing.contract import CancellationAsked, PriceOfVisit
from activities.billing.policy import (
    Charge,
    cost_of,
    free_until,
    percent_of,
    refused_from,
    rule_of,
)
from activities.contract import By, Money
from activities.offers import Terms
from api.callers import Caller
from api.parts import Readers
from api.problems import Code, Problem
from api.resources.appointments import ALL_AMOUNTS
from api.resources.changes import Quote
from api.shown import MoneyOut
from db.reading import Record

CANCELLABLE = {
    By.PATIENT: (AppointmentStatus.BOOKED,),
    By.HOSPITAL: (AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN),
}


class Quotes:
    """Reads two databases, one after the other: a change between them is told at the next one."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def of(self, visit: Record, by: By) -> Quote:
        """Quote as of now. Raises what a cancellation would be refused for."""
        row = await self._readers.billing.charge_of(visit["appointment_id"])
        charge = charge_of(row) if row else unbilled(visit)
        told = quote(visit, charge, by, datetime.now(UTC))
        if self._caller.role in ALL_AMOUNTS:
            return told
        return told.model_copy(update={"paid": None, "fee_base": None, "refund": None})


def quote(visit: Record, charge: Charge, by: By, as_of: datetime) -> Quote:
    if visit["status"] not in CANCELLABLE[by]:
        raise Problem(Code.WRONG_STATE, current_status=visit["status"])
    asked = asked_of(visit, by)
    last = refused_from(asked)
    if last and as_of >= last:
        raise Problem(Code.VISIT_STARTED)
    rule = rule_of(asked, as_of)
    percent, currency = percent_of(rule, asked.terms), currency_of(visit)
    cost = cost_of(charge, percent, minor_of(currency))
    return Quote(
        appointment_id=visit["appointment_id"],
        as_of=as_of,
        rule=rule,
        fee_percent=float(percent),
        paid=MoneyOut.of(charge.received, currency),
        fee_base=MoneyOut.of(charge.consultation, currency),
        fee=MoneyOut.of(cost.fee, currency),
        refund=MoneyOut.of(cost.refund, currency),
        free_until=free_until(asked),
        refused_from=last,
    )


def asked_of(visit: Record, by: By) -> CancellationAsked:
    return CancellationAsked(
        by=by,
        slot_start=visit["slot_start"],
        booked_at=visit["accepted_at"],
        late_move=visit["late_move"],
        terms=Terms.model_validate(visit["terms"]),
    )


def charge_of(row: Record) -> Charge:
    return Charge(**{name: row[name] for name in Charge.__dataclass_fields__})


def unbilled(visit: Record) -> Charge:
    """Tell what the bill will say that is still being written."""
    appointment_id: UUID = visit["appointment_id"]
    price = PriceOfVisit(
        appointment_id=appointment_id,
        fee=Money.model_validate(visit["terms"]["fee"]),
        tax_rate=Decimal(visit["terms"]["tax_rate"]),
    )
    total = price_of(price, price.fee.currency)
    return Charge(consultation=total, asked=total, received=Decimal(0))


def currency_of(visit: Record) -> str:
    currency: str = visit["terms"]["fee"]["currency"]
    return currency
