"""The tables of `hms_billing`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
