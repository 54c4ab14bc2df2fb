"""The tables of `hms_doctors`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
