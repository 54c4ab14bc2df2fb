"""What several processes send and record, made from what they know."""

from uuid import NAMESPACE_URL, UUID, uuid5

from temporalio import workflow

from activities.analytics.contract import Record
from activities.contract import Money, Visit
from activities.notifications.contract import Channel, Recipient, Send
from activities.offers import PatientOffer, SlotOffer


def patient_of(visit: Visit, patient: PatientOffer) -> Recipient:
    """Address a patient by the channel that they chose."""
    is_texted = patient.contact_channel == Channel.SMS
    return Recipient(
        id=visit.patient_id,
        channel=patient.contact_channel,
        address=patient.phone if is_texted else patient.email,
        name=patient.name,
    )


def about_visit(event: str, visit: Visit, to: Recipient, offer: SlotOffer, **more: str) -> Send:
    """Write of a visit. Times are the doctor's wall clock, as the patient was promised."""
    return Send(
        part=event,
        event=event,
        recipient=to,
        appointment_id=visit.appointment_id,
        values={
            "doctor": offer.doctor.name,
            "department": offer.doctor.department,
            "when": f"{offer.local_start:%A, %d %B %Y at %H:%M} ({offer.timezone})",
            **more,
        },
    )


def event_of(type: str, visit: Visit, offer: SlotOffer, **data: str | int) -> Record:
    return Record(
        type=type,
        occurred_at=workflow.info().workflow_start_time,
        appointment_id=visit.appointment_id,
        patient_id=visit.patient_id,
        doctor_id=visit.doctor_id,
        department=offer.doctor.department,
        data=data,
    )


def amount_of(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def id_for(step: str) -> UUID:
    """Make an id that only this process needs; a reset makes the same one again."""
    return uuid5(NAMESPACE_URL, f"{workflow.info().workflow_id}:{step}")
