"""Hosts the service `appointments`."""

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import TASK_QUEUE
from activities.appointments.service import AppointmentService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("appointments")
    engine = connect(settings.database_url, settings.pool_size, "appointments")
    return Hosted(
        "appointments",
        TASK_QUEUE,
        AppointmentActivities(AppointmentService(engine)),
        engine,
        settings.pool_size,
    )
