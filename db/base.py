"""What all tables have in common: names, money, stamps, guards."""

from typing import Any

from sqlalchemy import (
    CHAR,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}


def tables() -> MetaData:
    """Begin the tables of one service; schema `app` is its own, nobody else reads it."""
    return MetaData(schema="app", naming_convention=NAMES)


def views() -> MetaData:
    """Begin the views of one service; schema `published` is all that others may read."""
    return MetaData(schema="published")


def ids(*names: str) -> list[Column[Any]]:
    """Declare columns of a view. Lists are ordered by such: a null would be in no page."""
    return [Column(name, Uuid, nullable=False) for name in names]


def texts(*names: str) -> list[Column[Any]]:
    return [Column(name, String) for name in names]


def numbers(*names: str) -> list[Column[Any]]:
    return [Column(name, Integer) for name in names]


def moments(*names: str) -> list[Column[Any]]:
    return [Column(name, DateTime(timezone=True), nullable=False) for name in names]


def moment(name: str, **options: Any) -> Column[Any]:  # noqa: ANN401 - Column's own options
    return Column(name, DateTime(timezone=True), **options)


def money(name: str, **options: Any) -> Column[Any]:  # noqa: ANN401 - Column's own options
    return Column(name, Numeric(12, 2), **{"nullable": False, **options})


def currency() -> Column[Any]:
    return Column("currency", CHAR(3), nullable=False)


def chosen(name: str, *values: str, size: int = 30, **options: Any) -> list[Any]:  # noqa: ANN401
    """Declare a column that takes one of these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return [
        Column(name, String(size), **{"nullable": False, **options}),
        CheckConstraint(f"{name} IN ({listed})", name=f"{name}_values"),
    ]


def created_at() -> Column[Any]:
    return moment("created_at", nullable=False, server_default=func.now())


def stamps() -> list[Column[Any]]:
    """When the row was made and last changed."""
    return [created_at(), moment("updated_at", nullable=False, server_default=func.now())]


def trace() -> list[Column[Any]]:
    """Who made and last changed the row; null is the system."""
    return [
        Column("created_by", Uuid),
        Column("updated_by", Uuid),
        Column("correlation_id", String(128)),
    ]


def version() -> Column[Any]:
    return Column("version", Integer, nullable=False, server_default=text("1"))


def guarded(metadata: MetaData) -> None:
    """Add what every database has: the inbox and the legal moves of its entities."""
    Table(
        "inbox",
        metadata,
        Column("key", String(400), primary_key=True),
        Column("request_hash", CHAR(64)),
        *chosen("outcome", "DONE", "TOMBSTONE", "REFUSED", size=10),
        Column("response", JSONB),
        Column("workflow_id", String(255), nullable=False, index=True),
        moment("created_at", nullable=False, server_default=func.now(), index=True),
        moment("undone_at"),
        CheckConstraint("outcome = 'TOMBSTONE' OR request_hash IS NOT NULL", name="inbox_hashed"),
    )
    Table(
        "legal_moves",
        metadata,
        Column("entity", String(60), primary_key=True),
        Column("from_status", String(30), primary_key=True),
        Column("to_status", String(30), primary_key=True),
    )


def changes_of(metadata: MetaData, entity: str, *more: Column[Any]) -> Table:
    """Declare the history of an entity, written by the trigger `guard_move` alone."""
    return Table(
        f"{entity}_changes",
        metadata,
        Column(f"{entity}_id", Uuid, primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("from_status", String(30), nullable=False),
        Column("to_status", String(30), nullable=False),
        *more,
        moment("accepted_at", nullable=False),
        Column("actor_id", Uuid),
        Column("actor_role", String(20), nullable=False),
        Column("reason", String(500)),
        Column("workflow_id", String(255), nullable=False),
        Column("correlation_id", String(128)),
        created_at(),
    )
