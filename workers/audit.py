"""Hosts the service `audit`."""

from activities.audit.activities import AuditActivities
from activities.audit.contract import TASK_QUEUE
from activities.audit.service import AuditService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("audit")
    engine = connect(settings.database_url, settings.pool_size, "audit")
    return Hosted(
        "audit", TASK_QUEUE, AuditActivities(AuditService(engine)), engine, settings.pool_size
    )
