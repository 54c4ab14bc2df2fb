"""What all rules of visits share: where a visit is, which days it needs, how it is told."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from sqlalchemy.dialects.postgresql import Range

from activities.appointments.contract import (
    AppointmentStatus,
    HoldMove,
    PatientBusy,
    SlotTaken,
    TakeSlot,
    VisitNow,
)
from activities.contract import Refusal, UnknownReference, Visit
from activities.offers import PatientOffer, SlotOffer, Terms
from activities.process import Process
from db.appointments.repository import AppointmentRepository, AppointmentRow, Asked
from db.appointments.visits import VisitRow

Row = TypeVar("Row", VisitRow, AppointmentRow)


def slot_of(request: TakeSlot | HoldMove) -> Asked:
    """Name the slot that a visit asks for."""
    visit, offer = request.visit, request.offer
    return Asked(
        visit_id=visit.appointment_id,
        doctor_id=visit.doctor_id,
        patient_id=visit.patient_id,
        day=offer.local_start.date(),
        slot=Range(visit.slot_start, offer.ends_at),
    )


def slot_of_row(visit: Row) -> Asked:
    """Name the slot that a visit has, or had."""
    return Asked(
        visit_id=visit.appointment_id,
        doctor_id=visit.doctor_id,
        patient_id=visit.patient_id,
        day=visit.local_date,
        slot=Range(visit.slot_start, visit.slot_end),
    )


def days_of(asked: Asked) -> list[str]:
    """Name the days that a slot needs: the doctor's local one, and the patient's UTC ones."""
    start, end = cast("datetime", asked.slot.lower), cast("datetime", asked.slot.upper)
    last = end - timedelta(microseconds=1)
    utc_days = {moment.astimezone(UTC).date() for moment in (start, last)}
    doctor, patient = f"doctor:{asked.doctor_id}", f"patient:{asked.patient_id}"
    return [f"{doctor}:{asked.day}", *(f"{patient}:{day}" for day in utc_days)]


def days_of_request(request: TakeSlot | HoldMove) -> list[str]:
    return days_of(slot_of(request))


def place_of(visit: Visit, offer: SlotOffer) -> dict[str, object]:
    """Say where and when a visit is, and on which terms."""
    return {
        "doctor_id": visit.doctor_id,
        "department_id": visit.department_id,
        "department": offer.doctor.department,
        "slot": Range(visit.slot_start, offer.ends_at),
        "timezone": offer.timezone,
        "local_start": offer.local_start,
        "settings_version": offer.settings_version,
        "terms": offer.terms.model_dump(mode="json")
        | {"fee": offer.fee.model_dump(mode="json"), "tax_rate": str(offer.tax_rate)},
    }


async def is_free(appointments: AppointmentRepository, process: Process, asked: Asked) -> bool:
    """Tell whether a slot is still ahead, and nobody else's."""
    is_ahead = cast("datetime", asked.slot.lower) > process.accepted_at
    return is_ahead and not await appointments.is_taken(asked)


async def obstacle(appointments: AppointmentRepository, asked: Asked) -> Refusal:
    """Name what stands in the way of a slot that could not be taken."""
    if await appointments.is_patient_busy(asked):
        return PatientBusy("another visit of the patient overlaps the slot")
    return SlotTaken("another visit overlaps the slot")


def known(visit: Row | None) -> Row:
    if visit is None:
        raise UnknownReference("no such appointment", {"field": "appointment_id"})
    return visit


def visit_now(visit: VisitRow) -> VisitNow:
    return VisitNow(
        visit=Visit(
            appointment_id=visit.appointment_id,
            patient_id=visit.patient_id,
            doctor_id=visit.doctor_id,
            department_id=visit.department_id,
            slot_start=visit.slot_start,
            service_type=visit.service_type,
        ),
        status=AppointmentStatus(visit.status),
        version=visit.version,
        slot_end=visit.slot_end,
        timezone=visit.timezone,
        local_start=visit.local_start,
        department=visit.department,
        doctor_name=visit.doctor_name,
        patient=PatientOffer(
            name=visit.patient_name,
            email=visit.email,
            phone=visit.phone,
            contact_channel=visit.contact_channel,
            source_version=visit.source_version,
        ),
        booked_at=visit.accepted_at,
        late_move=visit.late_move,
        reschedule_count=visit.reschedule_count,
        terms=Terms.model_validate(visit.terms),
        no_show_at=visit.no_show_at,
    )
