"""What may become of a visit, and when: judged by the moment its change was accepted."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from activities.appointments.contract import (
    AppointmentBusy,
    AppointmentStatus,
    CancelVisit,
    HoldMove,
    RescheduleLimitReached,
    SameSlot,
    TooEarlyForNoShow,
    TooLateToReschedule,
    VisitStarted,
    WaiveWindowClosed,
)
from activities.contract import By, QuoteChanged, WrongState
from activities.offers import Terms
from activities.process import Process
from db.appointments.visits import VisitRow

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def check_free(process: Process, visit: VisitRow) -> None:
    """Let one process at a time change a visit."""
    if visit.changed_by not in (None, process.id):
        raise AppointmentBusy("another change of the visit is under way")


def check_state(visit: VisitRow, *allowed: AppointmentStatus) -> None:
    if visit.status not in allowed:
        raise WrongState("the visit can't become that any more", {"status": visit.status})


def check_move(process: Process, visit: VisitRow, request: HoldMove) -> None:
    """The limits are the visit's, whoever asks: only what a late move costs is the patient's."""
    check_state(visit, AppointmentStatus.BOOKED)
    new, offer = request.visit, request.offer
    if (new.doctor_id, new.slot_start) == (visit.doctor_id, visit.slot_start):
        raise SameSlot("the visit is there already", {"field": "slot_start"})
    if visit.reschedule_count >= offer.max_reschedules:
        raise RescheduleLimitReached("the visit was moved as often as it may be")
    if visit.slot_start - process.accepted_at < offer.reschedule_cutoff_minutes * MINUTE:
        raise TooLateToReschedule("the visit begins too soon to be moved")


def is_late_move(process: Process, visit: VisitRow, by: By) -> bool:
    """Tell whether a cancellation instead of this move would have cost something."""
    window = terms_of(visit).late_cancel_minutes * MINUTE
    return by is By.PATIENT and visit.slot_start - process.accepted_at <= window


def check_cancellation(process: Process, visit: VisitRow, request: CancelVisit) -> None:
    is_hospital = request.by is By.HOSPITAL
    arrived = [AppointmentStatus.CHECKED_IN] if is_hospital else []
    check_state(visit, AppointmentStatus.BOOKED, *arrived)
    if not is_hospital and process.accepted_at >= visit.slot_start:
        raise VisitStarted("the visit has started")
    if request.version not in (None, visit.version):
        raise QuoteChanged("the visit has changed since its cost was told")


def check_arrival(process: Process, visit: VisitRow) -> None:
    """Let patients check in on the doctor's day of the visit, until they are a no-show."""
    check_state(visit, AppointmentStatus.BOOKED)
    midnight = datetime.combine(visit.local_start.date(), time(), ZoneInfo(visit.timezone))
    if not midnight.astimezone(UTC) <= process.accepted_at < end_of_grace(visit):
        raise WrongState("it is not the time to check in", {"status": visit.status})


def check_no_show(process: Process, visit: VisitRow) -> None:
    check_state(visit, AppointmentStatus.BOOKED)
    if process.accepted_at < end_of_grace(visit):
        raise TooEarlyForNoShow("the patient may still come")


def check_waiver(process: Process, visit: VisitRow) -> None:
    check_state(visit, AppointmentStatus.NO_SHOW)
    since = visit.no_show_at
    if since is None or process.accepted_at > since + terms_of(visit).waiver_days * DAY:
        raise WaiveWindowClosed("the fee can't be waived any more")


def end_of_grace(visit: VisitRow) -> datetime:
    """Tell the moment from which on a patient who has not come is a no-show."""
    return visit.slot_end + terms_of(visit).no_show_grace_minutes * MINUTE


def terms_of(visit: VisitRow) -> Terms:
    return Terms.model_validate(visit.terms)
