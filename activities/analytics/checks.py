"""What must never be among events."""

from typing import ClassVar

from activities.checks import Checks
from db.analytics import checks as db


class AnalyticsChecks(Checks):
    """Looks at events. Changes nothing."""

    checks: ClassVar = db.CHECKS
