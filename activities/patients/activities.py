"""What processes may ask of the patients' service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.facts import FactsOf, HistoryFacts, RecordFacts
from activities.findings import CheckInvariants, Found
from activities.offers import PatientOffer
from activities.patients.contract import (
    AddHistory,
    CheckPatient,
    ContactOf,
    CreatePatient,
    PatientRecord,
)
from activities.process import process

if TYPE_CHECKING:
    from activities.patients.service import PatientService


class PatientActivities:
    """Check and keep patients. Every activity is safe to repeat."""

    def __init__(self, patients: "PatientService") -> None:
        self._patients = patients
        self._checks = patients.checks

    @activity.defn(name="patients.check_patient")
    async def check_patient(self, request: CheckPatient) -> PatientOffer:
        """Tell whom a visit would be for, or refuse: `UnknownReference`, `PatientInactive`."""
        return await self._patients.check_patient(request)

    @activity.defn(name="patients.find_contact")
    async def find_contact(self, request: ContactOf) -> PatientOffer:
        """Tell how a patient is reached, whether their record is open or not."""
        return await self._patients.find_contact(request)

    @activity.defn(name="patients.create_patient")
    async def create_patient(self, request: CreatePatient) -> PatientRecord:
        """Open a record, or refuse: `PatientExists`."""
        return await self._patients.create_patient(process(), request)

    @activity.defn(name="patients.drop_patient")
    async def drop_patient(self, request: CreatePatient) -> None:
        """Take back a record that this process opened, unless it was changed since."""
        await self._patients.drop_patient(process(), request)

    @activity.defn(name="patients.add_history")
    async def add_history(self, request: AddHistory) -> None:
        """Write down for ever what a visit found, or refuse: `UnknownReference`."""
        await self._patients.add_history(process(), request)

    @activity.defn(name="patients.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="patients.list_patients")
    async def list_patients(self, request: FactsOf) -> RecordFacts:
        """Tell of a page of patients, without a name; keeps nothing."""
        return await self._checks.list_patients(request)

    @activity.defn(name="patients.list_histories")
    async def list_histories(self, request: FactsOf) -> HistoryFacts:
        """Tell how often visits were written up; keeps nothing."""
        return await self._checks.list_histories(request)
