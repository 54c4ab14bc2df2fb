"""The views of `hms_doctors` that others may read."""

from sqlalchemy import Boolean, Column, Date, Integer, Numeric, String, Table, Time, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.base import ids, moments, numbers, texts, views

published = views()

doctors = Table(
    "doctors",
    published,
    *ids("department_id"),
    *texts("first_name", "name", "email", "phone", "gender", "department", "specialization"),
    *texts("license_number", "qualification", "bio", "currency", "timezone"),
    # Lists are in order of these, and a page could lose rows behind a null.
    Column("doctor_id", Uuid, nullable=False),
    Column("last_name", String, nullable=False),
    Column("consultation_fee", Numeric, nullable=False),
    Column("rating", Numeric),
    Column("specializations", JSONB),
    *(Column(name, Boolean) for name in ("is_active", "is_available", "requires_approval")),
    *numbers("experience_years", "max_daily_appts", "version"),
    *moments("created_at", "updated_at"),
)
departments = Table(
    "departments",
    published,
    *ids("department_id", "head_doctor_id"),
    *texts("name", "description", "head_doctor", "location", "phone"),
    Column("is_active", Boolean),
    *moments("created_at", "updated_at"),
    *numbers("version"),
)
specializations = Table(
    "specializations",
    published,
    *ids("specialization_id"),
    *texts("name", "description", "requirements"),
    Column("is_active", Boolean),
    *moments("created_at", "updated_at"),
    *numbers("version"),
)
schedules = Table(
    "schedules",
    published,
    *ids("schedule_id", "doctor_id"),
    *numbers("day_of_week", "slot_duration", "buffer"),
    *(Column(name, Time) for name in ("start_time", "end_time")),
    *(Column(name, Date) for name in ("valid_from", "valid_until")),
    Column("is_active", Boolean),
    *moments("created_at"),
)
overrides = Table(
    "overrides",
    published,
    *ids("override_id", "doctor_id"),
    Column("date", Date),
    *(Column(name, Time) for name in ("start_time", "end_time")),
    Column("is_available", Boolean),
    *numbers("slot_duration"),
    *texts("reason"),
    *moments("created_at"),
)
holidays = Table("holidays", published, Column("day", Date), *texts("name"))
service_types = Table(
    "service_types",
    published,
    *texts("code", "name"),
    *numbers("slots", "within_days"),
    Column("fee_percent", Numeric),
    Column("is_active", Boolean),
)
settings = Table(
    "settings",
    published,
    *texts("hospital_name", "address", "phone", "email", "website", "logo", "license_number"),
    *texts("timezone", "currency"),
    *(
        Column(name, Numeric)
        for name in ("tax_rate", "late_cancel_fee_percent", "no_show_fee_percent")
    ),
    *numbers("established_year", "lead_time_minutes", "max_reschedules"),
    *numbers("reschedule_cutoff_minutes", "late_cancel_minutes", "no_show_grace_minutes"),
    *numbers("waiver_days", "cancel_grace_minutes", "hold_minutes", "bill_due_days"),
    *numbers("booking_horizon_days", "max_live_holds", "max_bookings_per_hour"),
    *numbers("waitlist_offer_minutes", "version"),
    Column("reminder_minutes", ARRAY(Integer)),
    *moments("updated_at"),
)
identities = Table("identities", published, *ids("account_id", "doctor_id"))
