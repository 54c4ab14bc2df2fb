"""What the doctors' service promises: who may be booked, when, and on which terms."""

from datetime import date, datetime, time
from uuid import UUID

from activities.contract import Command, Message, Money, Refusal

TASK_QUEUE = "doctors"


class DoctorUnavailable(Refusal):
    """The doctor is not employed any more, or takes no bookings now."""

    code = "doctor-unavailable"


class DepartmentMismatch(Refusal):
    """The doctor works in another department."""

    code = "department-mismatch"


class SlotNotOffered(Refusal):
    """No slot of the doctor begins then."""

    code = "slot-not-offered"


class LeadTime(Refusal):
    """The visit begins too soon to be booked."""

    code = "lead-time"


class DoctorExists(Refusal):
    """Another doctor has this e-mail address, licence or account."""

    code = "doctor-exists"


class ScheduleOverlaps(Refusal):
    """Two ranges of one weekday overlap."""

    code = "schedule-overlaps"


class DepartmentExists(Refusal):
    """Another department has this name."""

    code = "department-exists"


class SpecializationExists(Refusal):
    """Another specialization has this name."""

    code = "specialization-exists"


class CheckDoctor(Command):
    doctor_id: UUID
    department_id: UUID
    slot_start: datetime
    service_type: str


class HoursOfDay(Message):
    """One range of a weekday (1 is Monday), in wall time; durations in minutes.

    An `end_time` of 00:00 is the end of the day; `valid_until` is the first day that does not
    count any more.
    """

    day_of_week: int
    start_time: time
    end_time: time
    slot_duration: int = 30
    buffer: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    is_active: bool = True


class CreateDoctor(Command):
    doctor_id: UUID
    account_id: UUID | None = None
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    gender: str = "UNKNOWN"
    department_id: UUID
    specialization_ids: tuple[UUID, ...] = ()
    """The first one is the primary one."""
    license_number: str
    experience_years: int = 0
    qualification: str | None = None
    bio: str | None = None
    consultation_fee: Money
    timezone: str
    max_daily_appts: int = 20
    week: tuple[HoursOfDay, ...] = ()


class SetWeek(Command):
    """Replaces the whole week at once."""

    doctor_id: UUID
    week: tuple[HoursOfDay, ...]
    version: int | None = None
    """The doctor's version that the change was made for; any, when none is given."""


class AddOverride(Command):
    """Adds or removes time on one date."""

    doctor_id: UUID
    override_id: UUID
    date: date
    start_time: time | None = None
    end_time: time | None = None
    is_available: bool
    slot_duration: int | None = None
    reason: str | None = None


class WithdrawOverride(Command):
    doctor_id: UUID
    override_id: UUID


class ScheduleSet(Message):
    """The doctor's version after a change of hours."""

    doctor_id: UUID
    version: int


class SetDepartment(Command):
    """Makes a department, or changes the named fields of one that is there."""

    department_id: UUID
    name: str
    description: str | None = None
    location: str | None = None
    phone: str | None = None
    head_doctor_id: UUID | None = None


class SetSpecialization(Command):
    specialization_id: UUID
    name: str
    description: str | None = None
    requirements: str | None = None


class RecordVersion(Message):
    """A doctor, department or specialization as it was just written."""

    id: UUID
    version: int
