"""What must never be among accounts."""

from db.checks import guards, tombstones
from db.users.models import metadata

CHECKS = (guards(metadata, "accounts.guard_version", "profiles.guard_version"), tombstones())
