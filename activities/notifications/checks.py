"""What must never be among messages."""

from typing import ClassVar

from activities.checks import Checks
from db.notifications import checks as db


class NotificationChecks(Checks):
    """Looks at messages. Changes nothing."""

    checks: ClassVar = db.CHECKS
