"""One file per resource; each is listed here."""

from api.routes.appointments import routes as appointments
from api.routes.auth import routes as auth
from api.routes.bills import routes as bills
from api.routes.changes import routes as changes
from api.routes.departments import routes as departments
from api.routes.doctors import routes as doctors
from api.routes.health import routes as health
from api.routes.machines import routes as machines
from api.routes.me import routes as me
from api.routes.patients import routes as patients
from api.routes.payments import routes as payments
from api.routes.problems import routes as problems
from api.routes.reconciliations import routes as reconciliations
from api.routes.refunds import routes as refunds
from api.routes.sagas import routes as sagas
from api.routes.schedules import routes as schedules
from api.routes.slots import routes as slots

ROUTERS = (
    *(auth, me, patients, doctors, schedules, slots, departments),
    *(appointments, changes, bills, payments, refunds, reconciliations),
    *(sagas, machines, health, problems),
)
