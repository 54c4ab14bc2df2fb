"""`hms saga`: how a process stands, and what a person decides about it."""

from typing import Annotated

import typer

from ops.commands.asking import AsJson, at_the_door, show
from ops.door import Body

app = typer.Typer(no_args_is_help=True, help="Look at a process, and decide what waits for you.")

Id = Annotated[str, typer.Argument(help="The process's id, as cancel-….")]


@app.command("show")
def show_one(workflow_id: Id, *, as_json: AsJson = False) -> None:
    """Show how a process stands, and what came of it."""
    with at_the_door(as_json=as_json) as door:
        saga = door.get(f"/v1/sagas/{workflow_id}")
    show(saga, saga_told, as_json=as_json)


@app.command()
def resolve(
    workflow_id: Id,
    step: Annotated[str, typer.Option(help="The step that waits.")],
    reason: Annotated[str, typer.Option(help="Why; the audit keeps it.")],
    *,
    is_retried: Annotated[
        bool | None, typer.Option("--retry/--skip", help="Try it again, or go on without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide about a step that waits for a person."""
    if is_retried is None:
        raise typer.BadParameter("say --retry or --skip")
    action = "retry" if is_retried else "skip"
    body = {"step": step, "action": action, "reason": reason}
    with at_the_door(as_json=as_json) as door:
        saga = door.send(f"/v1/sagas/{workflow_id}/resolve", body)
    show(saga, saga_told, as_json=as_json)


def saga_told(saga: Body) -> str:
    lines = [f"{saga['type']}  {saga['state']}"]
    lines += [f"  {step}  {how}" for step, how in saga.get("steps", {}).items()]
    lines += [f"  waits for a person: {step}" for step in saga.get("parked", [])]
    if outcome := saga["outcome"]:
        problem = outcome["problem"]
        told = f"{problem['detail']} ({problem['code']})" if problem else outcome["location"]
        lines.append(f"  {outcome['status']} {told}")
    return "\n".join(lines)
