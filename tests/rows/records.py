"""How the processes of a few steps end: with one record more, or one newer, or with neither."""

from tests.outcomes import Row
from tests.rows.words import CHANGING, DONE, MAKING, REFUSED, one_of

RECORDS = (
    Row(
        "O-70",
        frozenset(MAKING),
        DONE,
        records=1,
        events=one_of(("PatientRegistered",), ("DoctorOnboarded",)),
    ),
    Row("O-70", frozenset(MAKING), REFUSED),
    Row("O-71", frozenset(CHANGING), DONE, records=1, events=one_of((), ("ScheduleChanged",))),
    Row("O-71", frozenset(CHANGING), REFUSED),
)
