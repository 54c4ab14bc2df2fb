"""What services tell of their databases, so that rows of two can be compared. Ids, no names."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message
from activities.offers import Terms

PAGE = 500


class FactsOf(Command):
    """Asks for a page in the order of ids, for certain objects, or for what belongs to others."""

    after: UUID | None = None
    """The last id of the page before."""
    ids: tuple[UUID, ...] | None = None
    of: tuple[UUID, ...] | None = None
    """Visits, whose bills or whose histories are meant."""


class EndFact(Message):
    """How a booked visit ended without taking place, and what its fee is reckoned by."""

    at: datetime
    by_patient: bool
    slot_start: datetime
    booked_at: datetime
    late_move: bool
    terms: Terms


class VisitFact(Message):
    """A visit. A slot that is only held for a move is none."""

    appointment_id: UUID
    status: str
    was_booked: bool
    been: tuple[str, ...] = ()
    """Every state that it ever was in."""
    moves: int = 0
    over_at: datetime | None = None
    """When its patient came, or did not come any more."""
    was_given_up: bool = False
    """It expired by the very process that held it: who waited for its payment hears of that."""
    end: EndFact | None = None
    processes: tuple[str, ...] = ()


class VisitFacts(Message):
    visits: tuple[VisitFact, ...] = ()


class MessageFact(Message):
    """How often a patient was told of one event of a visit, whether the mail was sent or not."""

    appointment_id: UUID
    event: str
    times: int
    last_sent_at: datetime | None = None


class MessageFacts(Message):
    messages: tuple[MessageFact, ...] = ()


class ChangeFact(Message):
    """Who changed something of a page, and when last. Whom the inbox forgot is not told."""

    process: str
    last_at: datetime


class ChangeFacts(Message):
    changes: tuple[ChangeFact, ...] = ()
    next: UUID | None = None
    """Where the next page begins: it is one of what was changed."""


class RecordedOf(Command):
    """Asks which of these processes have put their end on record."""

    processes: tuple[str, ...] = ()


class RecordedFact(Message):
    process: str
    undone_at: datetime | None = None
    """When it was over, if nothing came of it: what came of others may still go on."""


class RecordedFacts(Message):
    recorded: tuple[RecordedFact, ...] = ()


class FeeFact(Message):
    """What was kept of a bill when its visit was cancelled or missed, and what it said then."""

    kept: Decimal
    consultation: Decimal
    """The visit itself, tax included, less what it became cheaper by."""
    asked: Decimal
    """All that the bill asked for, paid or not."""
    is_waived: bool
    """The fee had been forgiven before it was settled."""
    minor: int


class BillFact(Message):
    bill_id: UUID
    appointment_id: UUID | None = None
    status: str
    due_before_fees: Decimal
    """What it asked for before a cancellation or a no-show was settled on it."""
    credits: tuple[str, ...] = ()
    """The kinds of its adjustments, each as often as there is one."""
    fee: FeeFact | None = None
    processes: tuple[str, ...] = ()


class BillFacts(Message):
    bills: tuple[BillFact, ...] = ()


class AccountFact(Message):
    """What came for a visit, and has not gone back; for a bill without one, by the bill's id."""

    id: UUID
    net: Decimal
    processes: tuple[str, ...] = ()


class AccountFacts(Message):
    accounts: tuple[AccountFact, ...] = ()
    next: UUID | None = None
    """Where the next page begins: it is not in the order of the accounts."""


class PaymentsOf(Command):
    """Asks for card payments that changed in a span of time, page by page, or for certain ones."""

    since: datetime
    until: datetime
    after: UUID | None = None
    ids: tuple[UUID, ...] | None = None


class PaymentFact(Message):
    payment_id: UUID
    appointment_id: UUID | None = None
    reference: str | None = None
    """The gateway's name for it."""
    is_completed: bool
    net: Decimal
    processes: tuple[str, ...] = ()


class PaymentFacts(Message):
    payments: tuple[PaymentFact, ...] = ()


class HistoryFact(Message):
    """How often a visit was written up; corrections and prescriptions do not count."""

    appointment_id: UUID
    entries: int


class HistoryFacts(Message):
    histories: tuple[HistoryFact, ...] = ()


class RecordFact(Message):
    """A doctor or a patient, at home or in a cache. The digest is of what is cached of them."""

    id: UUID
    version: int
    digest: str
    max_daily_appts: int | None = None


class RecordFacts(Message):
    records: tuple[RecordFact, ...] = ()


class DayLimit(Message):
    """How many patients a doctor sees a day at most."""

    doctor_id: UUID
    visits: int


class DaysOf(Command):
    limits: tuple[DayLimit, ...] = Field(default=())


class DayFact(Message):
    """A local day of a doctor with more live visits than the doctor sees."""

    doctor_id: UUID
    day: date
    visits: int
    limit: int


class DayFacts(Message):
    days: tuple[DayFact, ...] = ()


class SettingsFact(Message):
    """The hospital's numbers for taking and moving slots, as they were in one version."""

    version: int
    lead_time_minutes: int
    max_reschedules: int
    reschedule_cutoff_minutes: int


class SettingsFacts(Message):
    settings: tuple[SettingsFact, ...] = ()


class UntimelyOf(FactsOf):
    """Asks for the slots of a page that were taken against the numbers which held for them."""

    settings: tuple[SettingsFact, ...] = ()


class Untimely(StrEnum):
    TOO_SOON = "TOO_SOON"
    """It began sooner than a visit may be booked."""
    MOVED_TOO_LATE = "MOVED_TOO_LATE"
    MOVED_TOO_OFTEN = "MOVED_TOO_OFTEN"
    UNKNOWN_SETTINGS = "UNKNOWN_SETTINGS"
    """Nobody can judge it: the version that it names is not kept."""


class UntimelyFact(Message):
    appointment_id: UUID
    process: str
    settings: int
    wrong: Untimely


class UntimelyFacts(Message):
    slots: tuple[UntimelyFact, ...] = ()
    next: UUID | None = None
    """Where the next page begins."""
