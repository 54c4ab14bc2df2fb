"""What processes may ask of the doctors' service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.doctors.contract import (
    AddOverride,
    CheckDoctor,
    CreateDoctor,
    RecordVersion,
    ScheduleSet,
    SetDepartment,
    SetSpecialization,
    SetWeek,
    WithdrawOverride,
)
from activities.facts import FactsOf, RecordFacts, SettingsFacts
from activities.findings import CheckInvariants, Found
from activities.offers import SlotOffer
from activities.process import process

if TYPE_CHECKING:
    from activities.doctors.service import DoctorService


class DoctorActivities:
    """Offer slots, and keep doctors and their hours. Every activity is safe to repeat."""

    def __init__(self, doctors: "DoctorService") -> None:
        self._doctors = doctors
        self._checks = doctors.checks

    @activity.defn(name="doctors.check_doctor")
    async def check_doctor(self, request: CheckDoctor) -> SlotOffer:
        """Offer a slot, judged by the time the process was accepted, or refuse.

        `UnknownReference`, `DoctorUnavailable`, `DepartmentMismatch`, `SlotNotOffered`, `LeadTime`.
        """
        return await self._doctors.check_doctor(process(), request)

    @activity.defn(name="doctors.create_doctor")
    async def create_doctor(self, request: CreateDoctor) -> RecordVersion:
        """Add a doctor with their week, or refuse: `DoctorExists`, `UnknownReference`."""
        return await self._doctors.create_doctor(process(), request)

    @activity.defn(name="doctors.drop_doctor")
    async def drop_doctor(self, request: CreateDoctor) -> None:
        """Take back a doctor whom this process added, unless they were changed since."""
        await self._doctors.drop_doctor(process(), request)

    @activity.defn(name="doctors.set_week")
    async def set_week(self, request: SetWeek) -> ScheduleSet:
        """Replace all hours of a doctor, or refuse: `ScheduleOverlaps`, `VersionMismatch`."""
        return await self._doctors.set_week(process(), request)

    @activity.defn(name="doctors.add_override")
    async def add_override(self, request: AddOverride) -> ScheduleSet:
        """Add time to a date or remove it, or refuse: `UnknownReference`."""
        return await self._doctors.add_override(process(), request)

    @activity.defn(name="doctors.withdraw_override")
    async def withdraw_override(self, request: WithdrawOverride) -> ScheduleSet:
        """Take back what was added or removed, or refuse: `UnknownReference`."""
        return await self._doctors.withdraw_override(process(), request)

    @activity.defn(name="doctors.set_department")
    async def set_department(self, request: SetDepartment) -> RecordVersion:
        """Make a department or change it, or refuse: `DepartmentExists`."""
        return await self._doctors.set_department(process(), request)

    @activity.defn(name="doctors.set_specialization")
    async def set_specialization(self, request: SetSpecialization) -> RecordVersion:
        """Make a specialization or change it, or refuse: `SpecializationExists`."""
        return await self._doctors.set_specialization(process(), request)

    @activity.defn(name="doctors.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="doctors.list_doctors")
    async def list_doctors(self, request: FactsOf) -> RecordFacts:
        """Tell of a page of doctors; keeps nothing."""
        return await self._checks.list_doctors(request)

    @activity.defn(name="doctors.list_settings")
    async def list_settings(self, request: FactsOf) -> SettingsFacts:
        """Tell the hospital's numbers of every version; keeps nothing."""
        return await self._checks.list_settings(request)
