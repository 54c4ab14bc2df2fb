"""What must never be among records."""

from typing import ClassVar

from activities.checks import Checks
from db.audit import checks as db


class AuditChecks(Checks):
    """Looks at records. Changes nothing."""

    checks: ClassVar = db.CHECKS
