"""Hosts the service `doctors`."""

from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import TASK_QUEUE
from activities.doctors.service import DoctorService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("doctors")
    engine = connect(settings.database_url, settings.pool_size, "doctors")
    return Hosted(
        "doctors", TASK_QUEUE, DoctorActivities(DoctorService(engine)), engine, settings.pool_size
    )
