"""One file per resource; each is listed here."""

from api.routes.appointments import routes as appointments
from api.routes.auth import routes as auth
from api.routes.health import routes as health
from api.routes.me import routes as me
from api.routes.problems import routes as problems

ROUTERS = (auth, me, appointments, health, problems)
