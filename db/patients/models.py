"""The tables of `hms_patients`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
