"""The tables of `hms_doctors` that belong to the hospital as a whole: its numbers and holidays."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.base import created_at, currency, guarded, stamps, tables, trace, version

metadata = tables()
guarded(metadata)


def number(name: str, default: int) -> Column[Any]:
    return Column(name, SmallInteger, nullable=False, server_default=text(str(default)))


def percent(name: str, default: int) -> list[Any]:
    return [
        Column(name, Numeric(5, 2), nullable=False, server_default=text(str(default))),
        CheckConstraint(f"{name} BETWEEN 0 AND 100", name=f"{name}_bounds"),
    ]


def active() -> Column[Any]:
    return Column("is_active", Boolean, nullable=False, server_default=text("true"))


def raised(table: Table) -> dict[str, Any]:
    """Say what every change does to a row, which has no status that a trigger would guard."""
    return {"version": table.c.version + 1, "updated_at": func.now()}


hospital_settings = Table(
    "hospital_settings",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, server_default=text("1")),
    Column("hospital_name", String(200), nullable=False),
    Column("address", String(500)),
    Column("phone", String(32)),
    Column("email", String(254)),
    Column("website", String(300)),
    Column("logo", String(500)),
    Column("established_year", SmallInteger),
    Column("license_number", String(64)),
    Column("timezone", String(64), nullable=False, server_default="UTC"),
    currency(),
    Column("tax_rate", Numeric(5, 4), nullable=False, server_default=text("0")),
    number("lead_time_minutes", 120),
    number("max_reschedules", 2),
    number("reschedule_cutoff_minutes", 60),
    number("late_cancel_minutes", 120),
    *percent("late_cancel_fee_percent", 50),
    *percent("no_show_fee_percent", 100),
    number("no_show_grace_minutes", 15),
    number("waiver_days", 7),
    number("cancel_grace_minutes", 0),
    number("hold_minutes", 10),
    number("bill_due_days", 30),
    Column("reminder_minutes", ARRAY(Integer), nullable=False, server_default=text("'{1440,120}'")),
    number("booking_horizon_days", 180),
    number("max_live_holds", 3),
    number("max_bookings_per_hour", 10),
    number("waitlist_offer_minutes", 30),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("id = 1", name="one_hospital"),
    CheckConstraint("tax_rate BETWEEN 0 AND 1", name="tax_rate_bounds"),
)

settings_changes = Table(
    "settings_changes",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("settings", JSONB, nullable=False),
    Column("workflow_id", String(255), nullable=False),
    Column("created_by", Uuid),
    created_at(),
)

service_types = Table(
    "service_types",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    number("slots", 1),
    *percent("fee_percent", 100),
    Column("within_days", SmallInteger),
    active(),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("slots BETWEEN 1 AND 8", name="slots_bounds"),
)

holidays = Table(
    "holidays",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", String(120), nullable=False),
    *stamps(),
    *trace(),
)
