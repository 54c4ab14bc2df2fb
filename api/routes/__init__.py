"""One file per resource; each is listed here."""

from api.routes import appointments, auth, health, me, problems

ROUTERS = (
    auth.routes,
    me.routes,
    appointments.routes,
    health.routes,
    problems.routes,
)
