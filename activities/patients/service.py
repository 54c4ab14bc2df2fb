"""The rules of patients: one record each, open as long as they are treated here."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contract import UnknownReference
from activities.inbox import Service, once, undoes
from activities.offers import PatientOffer
from activities.patients.checks import PatientChecks
from activities.patients.contract import (
    AddHistory,
    CheckPatient,
    ContactOf,
    CreatePatient,
    PatientExists,
    PatientInactive,
    PatientRecord,
)
from activities.process import Process
from db.patients.repository import PatientRepository, PatientRow


class UnknownPatient(UnknownReference):
    """There is no such patient."""

    def __init__(self, message: str) -> None:
        super().__init__(message, {"field": "patient_id"})


class UnknownEntry(UnknownReference):
    """The entry that is to be amended is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, {"field": "amends"})


class PatientService(Service):
    """Keeps one record per person, and what their visits found for ever."""

    guards: ClassVar = {
        "one_patient_per_account": PatientExists,
        "one_patient_per_email": PatientExists,
        "one_patient_per_phone": PatientExists,
        "visit_history_patient_id_fkey": UnknownPatient,
        "visit_history_amends_patient_id_fkey": UnknownEntry,
    }

    @property
    def checks(self) -> PatientChecks:
        return PatientChecks(self._engine)

    async def check_patient(self, request: CheckPatient) -> PatientOffer:
        """Tell whom a visit would be for, as the record is now; keeps nothing."""
        patient = await self._found(request.patient_id)
        if not patient.is_active or patient.deceased_on:
            raise PatientInactive("the patient's record is closed")
        return offer_of(patient)

    async def find_contact(self, request: ContactOf) -> PatientOffer:
        """Tell how a patient is reached, whether their record is open or not; keeps nothing."""
        return offer_of(await self._found(request.patient_id))

    async def _found(self, patient_id: UUID) -> PatientRow:
        async with self.one_statement() as connection:
            patient = await PatientRepository(connection).find(patient_id)
        if patient is None:
            raise UnknownPatient("no such patient")
        return patient

    @once("create_patient")
    async def create_patient(
        self, connection: AsyncConnection, process: Process, request: CreatePatient
    ) -> PatientRecord:
        version = await PatientRepository(connection).add(
            request.model_dump(exclude={"part"}) | made_by(process)
        )
        return PatientRecord(patient_id=request.patient_id, version=version)

    @undoes("create_patient")
    async def drop_patient(
        self, connection: AsyncConnection, _: Process, request: CreatePatient
    ) -> None:
        await PatientRepository(connection).drop(request.patient_id)

    @once("add_history")
    async def add_history(
        self, connection: AsyncConnection, process: Process, request: AddHistory
    ) -> None:
        await PatientRepository(connection).add_entry(
            request.model_dump(exclude={"part"}) | made_by(process)
        )


def offer_of(patient: PatientRow) -> PatientOffer:
    return PatientOffer(
        name=patient.name,
        email=patient.email,
        phone=patient.phone,
        contact_channel=patient.contact_channel,
        source_version=patient.version,
    )


def made_by(process: Process) -> dict[str, object]:
    return {
        "created_by": process.origin.account_id,
        "updated_by": process.origin.account_id,
        "correlation_id": process.origin.correlation_id,
    }
