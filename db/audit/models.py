"""The tables of `hms_audit`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
