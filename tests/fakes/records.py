"""The services that keep people, messages, events and what was done, in memory."""

from dataclasses import dataclass, field
from uuid import UUID

from activities.analytics.contract import Record
from activities.audit.contract import Append
from activities.contract import UnknownReference
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
from activities.notifications.contract import NotificationStatus, Send, Sent
from activities.offers import PatientOffer, SlotOffer
from activities.patients.contract import (
    AddHistory,
    CheckPatient,
    ContactOf,
    CreatePatient,
    PatientRecord,
)
from activities.process import Process
from tests.examples import a_patient, an_offer
from tests.fakes.inbox import Inbox, once, undoes


@dataclass
class Patients:
    inbox: Inbox = field(repr=False)
    offer: PatientOffer = field(default_factory=a_patient)
    records: set[UUID] = field(default_factory=set)
    histories: list[AddHistory] = field(default_factory=list)

    def check_patient(self, _: Process, __: CheckPatient) -> PatientOffer:
        return self.offer

    def find_contact(self, _: Process, __: ContactOf) -> PatientOffer:
        return self.offer

    @once
    def create_patient(self, _: Process, request: CreatePatient) -> PatientRecord:
        self.records.add(request.patient_id)
        return PatientRecord(patient_id=request.patient_id, version=1)

    @undoes("create_patient")
    def drop_patient(self, _: Process, request: CreatePatient) -> None:
        self.records.remove(request.patient_id)

    @once
    def add_history(self, _: Process, request: AddHistory) -> None:
        self.histories.append(request)


@dataclass
class Doctors:
    inbox: Inbox = field(repr=False)
    offer: SlotOffer | None = None
    records: dict[UUID, int] = field(default_factory=dict)
    """Doctors, departments and specializations, with their versions."""

    def check_doctor(self, _: Process, request: CheckDoctor) -> SlotOffer:
        return self.offer or an_offer(request.slot_start)

    @once
    def create_doctor(self, _: Process, request: CreateDoctor) -> RecordVersion:
        return self._written(request.doctor_id)

    @undoes("create_doctor")
    def drop_doctor(self, _: Process, request: CreateDoctor) -> None:
        del self.records[request.doctor_id]

    @once
    def set_week(self, _: Process, request: SetWeek) -> ScheduleSet:
        return self._changed(request.doctor_id)

    @once
    def add_override(self, _: Process, request: AddOverride) -> ScheduleSet:
        return self._changed(request.doctor_id)

    @once
    def withdraw_override(self, _: Process, request: WithdrawOverride) -> ScheduleSet:
        return self._changed(request.doctor_id)

    @once
    def set_department(self, _: Process, request: SetDepartment) -> RecordVersion:
        return self._written(request.department_id)

    @once
    def set_specialization(self, _: Process, request: SetSpecialization) -> RecordVersion:
        return self._written(request.specialization_id)

    def _written(self, id: UUID) -> RecordVersion:
        self.records[id] = self.records.get(id, 0) + 1
        return RecordVersion(id=id, version=self.records[id])

    def _changed(self, doctor_id: UUID) -> ScheduleSet:
        if doctor_id not in self.records:
            raise UnknownReference("no such doctor", {"field": "doctor_id"})
        return ScheduleSet(doctor_id=doctor_id, version=self._written(doctor_id).version)


@dataclass
class Notifications:
    inbox: Inbox = field(repr=False)
    letters: dict[tuple[object, ...], Send] = field(default_factory=dict)
    """By what they are about: the same is never sent twice, whoever wants it sent."""

    @property
    def sent(self) -> list[str]:
        return [letter.event for letter in self.letters.values()]

    @once
    def send(self, _: Process, request: Send) -> Sent:
        to = request.recipient
        about = (request.appointment_id, request.event, request.occurrence, to.id, to.channel)
        self.letters.setdefault(about, request)
        return Sent(status=NotificationStatus.SENT)


@dataclass
class Analytics:
    inbox: Inbox = field(repr=False)
    records: list[Record] = field(default_factory=list)

    @property
    def events(self) -> list[str]:
        return [record.type for record in self.records]

    @once
    def record(self, _: Process, request: Record) -> None:
        self.records.append(request)


@dataclass
class Audit:
    inbox: Inbox = field(repr=False)
    entries: list[Append] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    """Which process each entry is of."""

    @once
    def append(self, process: Process, request: Append) -> None:
        self.entries.append(request)
        self.by.append(process.id)
