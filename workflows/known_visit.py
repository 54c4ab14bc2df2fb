"""What the checks before a visit tell, and what is made of it."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from temporalio import workflow

from activities.appointments.contract import SlotOf, TakeSlot
from activities.billing.contract import Line, OpenBill
from activities.contract import Visit
from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import CheckDoctor
from activities.offers import SlotOffer
from activities.patients.activities import PatientActivities
from activities.patients.contract import CheckPatient
from workflows.messages import Card, offered_card
from workflows.services import DAY, doctors, patients


@dataclass(frozen=True)
class Known:
    """What the checks told, and what was made of it."""

    visit: Visit
    offer: SlotOffer
    card: Card
    slot: TakeSlot
    bill: OpenBill

    @property
    def slot_of(self) -> SlotOf:
        return SlotOf(appointment_id=self.visit.appointment_id)


async def check(visit: Visit, bill_id: UUID, symptoms: str | None, paid_by: UUID | None) -> Known:
    """Ask both services at once, and make of their answers what the booking needs."""
    offer, patient = await asyncio.gather(
        doctors.call(
            DoctorActivities.check_doctor,
            CheckDoctor(
                doctor_id=visit.doctor_id,
                department_id=visit.department_id,
                slot_start=visit.slot_start,
                service_type=visit.service_type,
            ),
        ),
        patients.call(PatientActivities.check_patient, CheckPatient(patient_id=visit.patient_id)),
    )
    accepted_at = workflow.info().workflow_start_time
    # A visit that costs nothing needs no payment: it is booked at once.
    must_be_held = paid_by is not None and offer.fee.amount > 0
    slot = TakeSlot(
        visit=visit,
        offer=offer,
        patient=patient,
        hold_until=accepted_at + offer.hold_for if must_be_held else None,
        symptoms=symptoms,
    )
    line = Line(
        description=f"Consultation with {offer.doctor.name}",
        unit_price=offer.fee.amount,
        tax_rate=offer.tax_rate,
    )
    bill = OpenBill(
        bill_id=bill_id,
        patient_id=visit.patient_id,
        appointment_id=visit.appointment_id,
        currency=offer.fee.currency,
        lines=(line,),
        due_date=accepted_at.date() + offer.due_days * DAY,
        reserved_for=paid_by if must_be_held else None,
    )
    return Known(visit, offer, offered_card(visit, patient, offer), slot, bill)
