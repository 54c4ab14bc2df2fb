"""The tables of `hms_payments`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
