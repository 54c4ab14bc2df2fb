"""What must never be among messages."""

from db.checks import guards, history, tombstones
from db.notifications.models import metadata

CHECKS = (
    guards(metadata, "notifications.guard_move"),
    history("notification", "notifications"),
    tombstones(),
)
