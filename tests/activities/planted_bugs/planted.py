"""A bug as it shows in rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """What no service would write. `key` names the object that is wrong."""

    check: str
    service: str
    statements: str
    key: str = "{unpaid}"
    without: str = ""
    """The guard that would not have let it in."""
    told: tuple[str, ...] = ()
    """What the patient of the visit that is not paid was told of it, as they should be."""


MOVED = """
    INSERT INTO app.appointment_changes
      (appointment_id, version, from_status, to_status, slot, accepted_at, actor_role, workflow_id)
    SELECT appointment_id, 1 + n, 'BOOKED', 'BOOKED', tstzrange(lower(slot) + n * interval '5 h',
             upper(slot) + n * interval '5 h'), {accepted}, 'SYSTEM', 'x'
    FROM app.appointment_changes c, generate_series(1, {times}) n
    WHERE appointment_id = '{{unpaid}}';
    UPDATE app.appointments a
    SET slot = c.slot, version = c.version, reschedule_count = {counted}
    FROM app.appointment_changes c
    WHERE a.appointment_id = c.appointment_id AND c.version = 1 + {times}
"""


def moved(accepted: str = "c.accepted_at", *, times: int = 1, counted: int | None = None) -> str:
    """Move the visit that is not paid, each time by five hours, and say when that was asked for."""
    count = times if counted is None else counted
    return MOVED.format(accepted=accepted, times=times, counted=count)
