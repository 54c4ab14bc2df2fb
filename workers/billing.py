"""Hosts the service `billing`."""

from activities.billing.activities import BillingActivities
from activities.billing.contract import TASK_QUEUE
from activities.billing.service import BillingService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("billing")
    engine = connect(settings.database_url, settings.pool_size, "billing")
    return Hosted(
        "billing", TASK_QUEUE, BillingActivities(BillingService(engine)), engine, settings.pool_size
    )
