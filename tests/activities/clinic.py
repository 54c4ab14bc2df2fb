"""A hospital with one department, and doctors as tests need them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg

from activities.contract import Money
from activities.doctors.contract import (
    CheckDoctor,
    CreateDoctor,
    HoursOfDay,
    SetDepartment,
    SetSpecialization,
    SetWeek,
)
from activities.doctors.service import DoctorService
from activities.offers import SlotOffer
from tests.examples import NOW, TOMORROW_NINE, a_process

WEDNESDAY = 3

# The migrations planted some of this, but only the first test of a run meets it.
PLANT = """
    INSERT INTO app.hospital_settings (hospital_name, currency, tax_rate)
    VALUES ('Riverside Hospital', 'GBP', 0.05) ON CONFLICT DO NOTHING;
    INSERT INTO app.service_types (code, name, slots, fee_percent) VALUES
      ('CONSULTATION', 'Consultation', 1, 100), ('FOLLOW_UP', 'Follow-up', 1, 33.33),
      ('LONG', 'Long consultation', 2, 100)
    ON CONFLICT DO NOTHING;
"""


def hours(
    start: str = "08:00", end: str = "12:00", minutes: int = 30, day: int = WEDNESDAY
) -> HoursOfDay:
    return HoursOfDay(
        day_of_week=day,
        start_time=time.fromisoformat(start),
        end_time=time.fromisoformat(end),
        slot_duration=minutes,
    )


@dataclass(frozen=True)
class Clinic:
    """The doctors' service over a hospital that is open."""

    doctors: DoctorService
    department_id: UUID
    specialization_id: UUID

    def doctor(self, *week: HoursOfDay, timezone: str = "UTC", fee: str = "100.00") -> CreateDoctor:
        return CreateDoctor(
            doctor_id=uuid4(),
            account_id=uuid4(),
            first_name="Ada",
            last_name="Wong",
            email=f"{uuid4()}@example.org",
            department_id=self.department_id,
            specialization_ids=(self.specialization_id,),
            license_number=str(uuid4()),
            consultation_fee=Money(amount=Decimal(fee), currency="GBP"),
            timezone=timezone,
            max_daily_appts=500,
            week=week,
        )

    async def employ(self, doctor: CreateDoctor | None = None) -> UUID:
        doctor = doctor or self.doctor(hours())
        await self.doctors.create_doctor(a_process(f"onboard-{doctor.doctor_id}"), doctor)
        return doctor.doctor_id

    async def set_week(self, doctor_id: UUID, *week: HoursOfDay, version: int | None = None) -> int:
        request = SetWeek(doctor_id=doctor_id, week=week, version=version)
        return (await self.doctors.set_week(a_process(f"week-{uuid4()}"), request)).version

    async def check(
        self,
        doctor_id: UUID,
        start: datetime = TOMORROW_NINE,
        at: datetime = NOW,
        *,
        department: UUID | None = None,
        service: str = "CONSULTATION",
    ) -> SlotOffer:
        request = CheckDoctor(
            doctor_id=doctor_id,
            department_id=department or self.department_id,
            slot_start=start,
            service_type=service,
        )
        return await self.doctors.check_doctor(a_process("book-1", at), request)


async def open_clinic(doctors: DoctorService, superuser: asyncpg.Connection) -> Clinic:
    await superuser.execute(PLANT)
    clinic = Clinic(doctors, uuid4(), uuid4())
    cardiology = SetDepartment(department_id=clinic.department_id, name="Cardiology")
    rhythm = SetSpecialization(specialization_id=clinic.specialization_id, name="Rhythm")
    await doctors.set_department(a_process("department"), cardiology)
    await doctors.set_specialization(a_process("specialization"), rhythm)
    return clinic


async def close_on(superuser: asyncpg.Connection, day: date) -> None:
    await superuser.execute(
        "INSERT INTO app.holidays (day, name) VALUES ($1, 'a holiday') ON CONFLICT DO NOTHING", day
    )
