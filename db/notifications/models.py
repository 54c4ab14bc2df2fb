"""The tables of `hms_notifications`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
