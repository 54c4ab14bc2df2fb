"""Hosts the service `patients`."""

from activities.patients.activities import PatientActivities
from activities.patients.contract import TASK_QUEUE
from activities.patients.service import PatientService
from db.settings import connect, database
from workers.hosting import Hosted


def open_door() -> Hosted:
    settings = database("patients")
    engine = connect(settings.database_url, settings.pool_size, "patients")
    return Hosted(
        "patients",
        TASK_QUEUE,
        PatientActivities(PatientService(engine)),
        engine,
        settings.pool_size,
    )
