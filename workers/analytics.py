"""Hosts the service `analytics`."""

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import TASK_QUEUE
from activities.analytics.service import AnalyticsService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("analytics")
    engine = connect(settings.database_url, settings.pool_size, "analytics")
    return Hosted(
        "analytics",
        TASK_QUEUE,
        AnalyticsActivities(AnalyticsService(engine)),
        engine,
        settings.pool_size,
    )
