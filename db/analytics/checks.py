"""What must never be among events."""

from db.analytics.models import metadata
from db.checks import guards, tombstones

CHECKS = (guards(metadata), tombstones())
