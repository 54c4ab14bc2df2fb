"""What routes may ask for, as types of their arguments."""

from typing import Annotated, Any, TypeVar, cast

from asgi_correlation_id import correlation_id
from fastapi import Depends, Header
from starlette.requests import Request

from api.accounts import Accounts
from api.admission import parts_of
from api.alternatives import Alternatives
from api.callers import Caller
from api.changes import Changes
from api.failures import template_of
from api.gateway import Gateway
from api.health import Health
from api.idempotency import Asked, Commands, fingerprint_of
from api.lists import Lists
from api.parts import Readers
from api.payloads import Payloads
from api.policy import POLICY
from api.preferences import key_of, preference_of
from api.processes import Processes
from api.reconciliations import Reconciliations
from api.sagas import Sagas
from api.slots import FreeSlots

Part = TypeVar("Part")


def part(name: str) -> Any:  # noqa: ANN401 - a dependency
    """Hand out one of the parts that the app was made of."""

    def given(request: Request) -> Any:  # noqa: ANN401 - its type stands where it is asked for
        return getattr(parts_of(request), name)

    return Depends(given)


def caller(request: Request) -> Caller:
    """Tell who asks: admission has found out before."""
    return cast("Caller", request.state.caller)


async def asked(
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
    prefer: Annotated[str | None, Header()] = None,
    if_match: Annotated[str | None, Header()] = None,
) -> Asked:
    """Read what a command brings along beside its own fields."""
    operation: str = request.state.operation
    body = await request.json() if await request.body() else None
    return Asked(
        caller=caller(request),
        operation=operation,
        key=key_of(idempotency_key, is_needed=POLICY[operation].needs_key),
        fingerprint=fingerprint_of(request.path_params, body),
        preference=preference_of(prefer),
        if_match=if_match,
        correlation_id=correlation_id.get() or "",
        public_url=parts_of(request).public_url,
        instance=template_of(request),
    )


def lists(request: Request) -> Lists:
    return Lists(request, caller(request), parts_of(request).cursors)


def slots(request: Request) -> FreeSlots:
    readers = parts_of(request).readers
    return FreeSlots(readers.doctors, readers.appointments)


def changes(request: Request) -> Changes:
    return Changes(caller(request), parts_of(request).readers)


def reconciliations(request: Request) -> Reconciliations:
    return Reconciliations(parts_of(request).processes)


def sagas(request: Request) -> Sagas:
    parts = parts_of(request)
    return Sagas(
        caller(request),
        parts.accounts,
        parts.processes,
        public_url=parts.public_url,
        ui=parts.temporal_ui_url,
    )


IfNoneMatch = Annotated[str | None, Header()]

CallerOf = Annotated[Caller, Depends(caller)]
AskedFor = Annotated[Asked, Depends(asked)]
ListsOf = Annotated[Lists, Depends(lists)]
AccountsOf = Annotated[Accounts, part("accounts")]
CommandsOf = Annotated[Commands, part("commands")]
ProcessesOf = Annotated[Processes, part("processes")]
ReadersOf = Annotated[Readers, part("readers")]
AlternativesOf = Annotated[Alternatives, part("alternatives")]
ChangesOf = Annotated[Changes, Depends(changes)]
ReconciliationsOf = Annotated[Reconciliations, Depends(reconciliations)]
SlotsOf = Annotated[FreeSlots, Depends(slots)]
GatewayOf = Annotated[Gateway, part("gateway")]
PayloadsOf = Annotated[Payloads | None, part("payloads")]
SagasOf = Annotated[Sagas, Depends(sagas)]
HealthOf = Annotated[Health, part("health")]
