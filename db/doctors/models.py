"""The tables of `hms_doctors`: who works here, and when."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE, ExcludeConstraint

from db.base import chosen, currency, moment, money, stamps, trace, version
from db.doctors.hospital import active, metadata


def minutes_of(wall: str) -> str:
    return f"(EXTRACT(epoch FROM {wall}) / 60)::int"


# The end of a day is written as 00:00: Python knows no 24:00.
ENDS_AFTER_START = "start_time < end_time OR end_time = '00:00'"
WHOLE_MINUTES = "EXTRACT(second FROM start_time) = 0 AND EXTRACT(second FROM end_time) = 0"


departments = Table(
    "departments",
    metadata,
    Column("department_id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("description", Text),
    # Doctors need their department first, so this half of the circle is closed later.
    Column("head_doctor_id", Uuid, ForeignKey("app.doctors.doctor_id", use_alter=True)),
    Column("location", String(200)),
    Column("phone", String(32)),
    active(),
    *stamps(),
    *trace(),
    version(),
)
Index("one_department_per_name", func.lower(departments.c.name), unique=True)

specializations = Table(
    "specializations",
    metadata,
    Column("specialization_id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("description", Text),
    Column("requirements", Text),
    active(),
    *stamps(),
    *trace(),
    version(),
)
Index("one_specialization_per_name", func.lower(specializations.c.name), unique=True)

doctors = Table(
    "doctors",
    metadata,
    Column("doctor_id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("name", String(201), Computed("first_name || ' ' || last_name", persisted=True)),
    Column("email", String(254), nullable=False),
    Column("phone", String(32)),
    *chosen("gender", "FEMALE", "MALE", "OTHER", "UNKNOWN", server_default="UNKNOWN"),
    Column("department_id", Uuid, ForeignKey(departments.c.department_id), nullable=False),
    Column("license_number", String(64), nullable=False),
    Column("experience_years", SmallInteger, nullable=False, server_default=text("0")),
    Column("qualification", String(300)),
    Column("bio", Text),
    money("consultation_fee"),
    currency(),
    Column("rating", Numeric(3, 2)),
    active(),
    Column("is_available", Boolean, nullable=False, server_default=text("true")),
    Column("max_daily_appts", SmallInteger, nullable=False, server_default=text("20")),
    Column("requires_approval", Boolean, nullable=False, server_default=text("false")),
    Column("timezone", String(64), nullable=False),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("consultation_fee >= 0", name="fee_not_negative"),
    CheckConstraint("rating BETWEEN 0 AND 5", name="rating_bounds"),
    CheckConstraint("experience_years BETWEEN 0 AND 80", name="experience_bounds"),
    CheckConstraint("max_daily_appts > 0", name="day_has_room"),
    # PostgreSQL refuses a name that it does not know; `EST` and its like have no clock changes.
    CheckConstraint(
        "timestamptz '2000-01-01 00:00+00' AT TIME ZONE timezone IS NOT NULL"
        " AND (timezone = 'UTC' OR timezone LIKE '%/%')",
        name="timezone_known",
    ),
    Index("one_doctor_per_account", "account_id", unique=True),
    Index("one_doctor_per_license", "license_number", unique=True),
    Index(None, "department_id", postgresql_where=text("is_active")),
)
Index("one_doctor_per_email", func.lower(doctors.c.email), unique=True)


def of_doctor(**options: Any) -> Column[Any]:  # noqa: ANN401 - Column's own options
    return Column("doctor_id", Uuid, ForeignKey(doctors.c.doctor_id), nullable=False, **options)


doctor_specializations = Table(
    "doctor_specializations",
    metadata,
    of_doctor(primary_key=True),
    Column(
        "specialization_id",
        Uuid,
        ForeignKey(specializations.c.specialization_id),
        primary_key=True,
        index=True,
    ),
    Column("is_primary", Boolean, nullable=False, server_default=text("false")),
    stamps()[0],
    Index(
        "one_primary_specialization",
        "doctor_id",
        unique=True,
        postgresql_where=text("is_primary"),
    ),
)

schedules = Table(
    "schedules",
    metadata,
    Column("schedule_id", Uuid, primary_key=True),
    of_doctor(),
    Column("day_of_week", SmallInteger, nullable=False),
    Column("start_time", Time, nullable=False),
    Column("end_time", Time, nullable=False),
    Column("slot_duration", SmallInteger, nullable=False, server_default=text("30")),
    Column("buffer", SmallInteger, nullable=False, server_default=text("0")),
    Column("valid", DATERANGE, nullable=False, server_default=text("'(,)'")),
    Column(
        "hours",
        INT4RANGE,
        Computed(
            f"int4range({minutes_of('start_time')},"
            f" COALESCE(NULLIF({minutes_of('end_time')}, 0), 1440))",
            persisted=True,
        ),
    ),
    active(),
    # A replaced week stays, as the history of what was offered; `is_active` remains what was said.
    moment("withdrawn_at"),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("day_of_week BETWEEN 1 AND 7", name="weekday_known"),
    CheckConstraint(ENDS_AFTER_START, name="hours_end_after_start"),
    CheckConstraint(WHOLE_MINUTES, name="hours_in_minutes"),
    CheckConstraint("slot_duration BETWEEN 5 AND 480", name="slot_length"),
    CheckConstraint("buffer BETWEEN 0 AND 120", name="buffer_length"),
    ExcludeConstraint(
        *(("doctor_id", "="), ("day_of_week", "="), ("valid", "&&"), ("hours", "&&")),
        where=text("is_active AND withdrawn_at IS NULL"),
        name="hours_never_overlap",
    ),
    Index(None, "doctor_id", postgresql_where=text("withdrawn_at IS NULL")),
)

availability_overrides = Table(
    "availability_overrides",
    metadata,
    Column("override_id", Uuid, primary_key=True),
    of_doctor(),
    Column("date", Date, nullable=False),
    Column("start_time", Time),
    Column("end_time", Time),
    Column("is_available", Boolean, nullable=False),
    Column("reason", String(500)),
    Column("slot_duration", SmallInteger),
    moment("withdrawn_at"),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="override_times_together"),
    CheckConstraint(ENDS_AFTER_START, name="override_ends_after_start"),
    CheckConstraint(WHOLE_MINUTES, name="override_in_minutes"),
    CheckConstraint("NOT is_available OR start_time IS NOT NULL", name="added_time_is_given"),
    CheckConstraint("slot_duration BETWEEN 5 AND 480", name="override_slot_length"),
    Index(None, "doctor_id", "date", postgresql_where=text("withdrawn_at IS NULL")),
)
