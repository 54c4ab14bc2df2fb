"""Hosts the service `users`: what the API wrote down leaves by this door."""

from activities.users.activities import UserActivities
from activities.users.contract import TASK_QUEUE
from activities.users.outbox import OutboxService
from db.settings import connect, database
from workers.hosting import Hosted

AT_ONCE = 2
"""The API has its own connections in the same role: both must fit into what the role may have."""


def open_door() -> Hosted:
    engine = connect(database("users").database_url, AT_ONCE, "users")
    return Hosted("users", TASK_QUEUE, UserActivities(OutboxService(engine)), engine, AT_ONCE)
