"""What several processes send and record, made from what they know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from temporalio import workflow

from activities.analytics.contract import Record
from activities.appointments.contract import VisitNow
from activities.contract import Money, Visit
from activities.notifications.contract import Channel, Recipient, Send
from activities.offers import PatientOffer, SlotOffer


@dataclass(frozen=True)
class Card:
    """A visit as its messages and events name it."""

    visit: Visit
    patient: PatientOffer
    doctor: str
    department: str
    local_start: datetime
    """The doctor's wall clock, as the patient was promised."""
    timezone: str

    @property
    def when(self) -> str:
        return f"{self.local_start:%A, %d %B %Y at %H:%M} ({self.timezone})"


def card_of(now: VisitNow) -> Card:
    return Card(
        visit=now.visit,
        patient=now.patient,
        doctor=now.doctor_name,
        department=now.department,
        local_start=now.local_start,
        timezone=now.timezone,
    )


def offered_card(visit: Visit, patient: PatientOffer, offer: SlotOffer) -> Card:
    return Card(
        visit=visit,
        patient=patient,
        doctor=offer.doctor.name,
        department=offer.doctor.department,
        local_start=offer.local_start,
        timezone=offer.timezone,
    )


def about_visit(event: str, card: Card, occurrence: str = "", **values: str) -> Send:
    """Write to the patient of a visit. `occurrence` tells several messages of one event apart."""
    return Send(
        part=":".join(filter(None, (event, occurrence))),
        event=event,
        recipient=reached(card.visit.patient_id, card.patient),
        appointment_id=card.visit.appointment_id,
        occurrence=occurrence,
        values={
            "doctor": card.doctor,
            "department": card.department,
            "when": card.when,
            **values,
        },
    )


def reached(patient_id: UUID, patient: PatientOffer) -> Recipient:
    """Address a patient by the channel that they chose."""
    is_texted = patient.contact_channel == Channel.SMS
    return Recipient(
        id=patient_id,
        channel=patient.contact_channel,
        address=patient.phone if is_texted else patient.email,
        name=patient.name,
    )


def event_of(type: str, card: Card, **data: str | int) -> Record:
    return Record(
        type=type,
        occurred_at=workflow.info().workflow_start_time,
        appointment_id=card.visit.appointment_id,
        patient_id=card.visit.patient_id,
        doctor_id=card.visit.doctor_id,
        department=card.department,
        data=data,
    )


def amount_of(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def id_for(step: str) -> UUID:
    """Make an id that only this process needs; a reset makes the same one again."""
    return uuid5(NAMESPACE_URL, f"{workflow.info().workflow_id}:{step}")
