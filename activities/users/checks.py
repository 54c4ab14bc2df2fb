"""What must never be among accounts."""

from typing import ClassVar

from activities.checks import Checks
from db.users import checks as db


class UserChecks(Checks):
    """Looks at accounts. Changes nothing."""

    checks: ClassVar = db.CHECKS
