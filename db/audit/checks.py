"""What must never be among the records; their chains are verified apart."""

from db.audit.models import metadata
from db.checks import guards, tombstones

CHECKS = (guards(metadata), tombstones())
