"""What the patients' service promises: who is treated here, and what was found."""

from datetime import date, datetime
from uuid import UUID

from activities.contract import Command, Message, Refusal

TASK_QUEUE = "patients"


class PatientInactive(Refusal):
    """The patient's record is closed."""

    code = "patient-inactive"


class PatientExists(Refusal):
    """Another patient has this e-mail address, phone number or account."""

    code = "patient-exists"


class CheckPatient(Command):
    patient_id: UUID


class ContactOf(Command):
    """Asks how a patient is reached, whether their record is open or not."""

    patient_id: UUID


class CreatePatient(Command):
    patient_id: UUID
    account_id: UUID | None = None
    first_name: str
    last_name: str
    dob: date
    gender: str = "UNKNOWN"
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    contact_channel: str = "EMAIL"


class AddHistory(Command):
    """What a visit found: appended, never changed; a correction amends an earlier entry."""

    entry_id: UUID
    patient_id: UUID
    appointment_id: UUID
    doctor_id: UUID
    doctor_name: str
    visited_at: datetime
    diagnosis: str | None = None
    treatment: str | None = None
    prescription: str | None = None
    notes: str | None = None
    doctor_notes: str | None = None
    follow_up_date: date | None = None
    amends: UUID | None = None


class PatientRecord(Message):
    patient_id: UUID
    version: int
