"""The tables of `hms_users`."""

from db.base import guarded, tables

metadata = tables()
guarded(metadata)
