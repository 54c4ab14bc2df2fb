"""`hms appointments`: visits as they are, and as they change."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from ops.commands import ending
from ops.commands.asking import AsJson, at_the_door, money, show, visit_line
from ops.commands.ending import STILL_RUNNING
from ops.commands.visits import Id
from ops.door import Body, Door

app = typer.Typer(no_args_is_help=True, help="Read visits, and follow what becomes of them.")

PAUSE = 1.0
CALM = 2
"""Looks without a running process: the engine lists one a moment after its start."""


@app.command()
def ls(  # noqa: PLR0913, PLR0917 - what a list is filtered by
    patient: Annotated[str | None, typer.Option(help="The patient's id.")] = None,
    doctor: Annotated[str | None, typer.Option(help="The doctor's id.")] = None,
    status: Annotated[str | None, typer.Option(help="As BOOKED.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="As 2026-12-01T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before then.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 50,
    *,
    as_json: AsJson = False,
) -> None:
    """List visits, the earliest first."""
    query = {
        "patient_id": patient,
        "doctor_id": doctor,
        "status": status,
        "from": since,
        "to": until,
        "limit": limit,
    }
    with at_the_door(as_json=as_json) as door:
        found = door.get("/v1/appointments", query)
    show(found, list_told, as_json=as_json)


@app.command("show")
def show_one(appointment_id: Id, *, as_json: AsJson = False) -> None:
    """Show a visit."""
    with at_the_door(as_json=as_json) as door:
        visit = door.get(f"/v1/appointments/{appointment_id}")
    show(visit, visit_told, as_json=as_json)


@app.command()
def watch(
    appointment_id: Id,
    seconds: Annotated[float, typer.Option(help="How long at most.")] = 600,
    *,
    as_json: AsJson = False,
) -> None:
    """Follow a visit until no process changes it any more. With --json a line per entry."""
    seen = Seen(as_json)
    with at_the_door(as_json=as_json) as door:
        is_calm = follow(door, f"/v1/appointments/{appointment_id}/timeline", seen, seconds)
    if not is_calm:
        raise ending.because(f"after {seconds:g} s something still runs", STILL_RUNNING)


def follow(door: Door, path: str, seen: "Seen", seconds: float) -> bool:
    """Look until nothing runs: true, when it has come to that in time."""
    calm, deadline = 0, time.monotonic() + seconds
    while True:
        told = door.get(path)
        for entry in seen.new(told):
            typer.echo(entry)
        is_running = any(process["status"] == "RUNNING" for process in told["processes"])
        calm = 0 if is_running else calm + 1
        if calm == CALM:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)


@dataclass
class Seen:
    """What was told already; each entry is told once."""

    as_json: bool
    _told: set[str] = field(default_factory=set)

    def new(self, timeline: Body) -> Iterator[str]:
        entries = [*map(self._change, timeline["data"])]
        for process in timeline["processes"]:
            entries += self._steps(process)
        for entry in entries:
            if entry not in self._told:
                self._told.add(entry)
                yield entry

    def _change(self, change: Body) -> str:
        if self.as_json:
            return json.dumps(change, ensure_ascii=False)
        moved = f" from {change['moved_from']}" if change["moved_from"] else ""
        why = f": {change['reason']}" if change["reason"] else ""
        late = ", late" if change["late_move"] else ""
        who = change["actor_role"].lower()
        return f"{change['at']}  {change['told']}{moved} ({who}{late}){why}"

    def _steps(self, process: Body) -> list[str]:
        name, status = process["type"], process["status"]
        if self.as_json:
            return [json.dumps(process, ensure_ascii=False)]
        steps = [f"  {name} {step} {how}" for step, how in process["steps"].items()]
        return [*steps, f"  {name} {status}"] if status != "RUNNING" else steps


def list_told(found: Body) -> str:
    lines = [visit_line(visit) for visit in found["data"]]
    if found["has_more"]:
        lines.append("there are more: narrow it down, or raise --limit")
    return "\n".join(lines) or "no visit"


def visit_told(visit: Body) -> str:
    price: dict[str, Any] = visit.get("price") or {}
    more = {
        "department": visit["department"],
        "patient": visit.get("patient_name"),
        "costs": price.get("total") and money(price["total"]),
        "bill": visit.get("bill_id"),
        "moved": f"{visit['reschedule_count']} times" if visit["reschedule_count"] else None,
        "held until": visit["hold_expires_at"],
        "cancelled by": visit.get("cancelled_by"),
        "because": visit.get("cancel_reason"),
        "being changed by": visit["changed_by"],
        "version": visit["version"],
    }
    lines = [f"{name:>16}  {value}" for name, value in more.items() if value is not None]
    return "\n".join([visit_line(visit), *lines])
