"""Who hears of a payment or a refund: the patient of a visit, or of a bill without one."""

from uuid import UUID

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import SlotOf
from activities.contract import Message, Money
from activities.notifications.activities import NotificationActivities
from activities.notifications.contract import Send
from activities.patients.activities import PatientActivities
from activities.patients.contract import ContactOf
from workflows.messages import about_visit, amount_of, card_of, reached
from workflows.saga import Saga
from workflows.services import appointments, notifications, patients


class Payer(Message):
    """The patient who pays, and the visit that they pay for, if it is one."""

    patient_id: UUID
    appointment_id: UUID | None = None


async def tell_payer(
    saga: Saga, payer: Payer, event: str, occurrence: UUID, amount: Money, **values: str
) -> None:
    """Send one message about money. Contacts are asked for when it is sent: nobody waits for it."""
    values["total"] = amount_of(amount)
    message = await _about(saga, payer, event, str(occurrence), values)
    if message:
        await saga.finish(notifications, NotificationActivities.send, message)


async def _about(
    saga: Saga, payer: Payer, event: str, occurrence: str, values: dict[str, str]
) -> Send | None:
    part = f"{event}:{occurrence}"
    if payer.appointment_id:
        asked = SlotOf(appointment_id=payer.appointment_id, part=part)
        now = await saga.finish(appointments, AppointmentActivities.read_visit, asked)
        return about_visit(event, card_of(now), occurrence, **values) if now else None
    contact = await saga.finish(
        patients,
        PatientActivities.find_contact,
        ContactOf(patient_id=payer.patient_id, part=part),
    )
    if contact is None:
        return None
    return Send(
        part=part,
        event=event,
        recipient=reached(payer.patient_id, contact),
        occurrence=occurrence,
        values=values,
    )
