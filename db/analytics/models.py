"""The tables of `hms_analytics`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
