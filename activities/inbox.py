"""Every write of a service happens once, in one transaction, and can be undone once."""

import functools
import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import Command, FinalFault, Refusal, Undone, split_part
from activities.database import broken_guard, in_place
from activities.process import Process
from db.inbox import Answered, Claim, Inbox, Json

Owner = TypeVar("Owner", bound="Service")
Request = TypeVar("Request", bound=Command)
Reply = TypeVar("Reply")
Work = Callable[[Owner, AsyncConnection, Process, Request], Coroutine[Any, Any, Reply]]
Folded = Callable[[Owner, AsyncConnection, Process, Request, Claim], Coroutine[Any, Any, bool]]
Step = Callable[[Owner, Process, Request], Coroutine[Any, Any, Reply]]
Locks = Callable[[Any], list[str]]


class KeyReused(FinalFault):
    """The key of a step was used for another request: a bug of whoever asks, never retried."""


class Service:
    """The rules over one database. One public method is one transaction."""

    guards: ClassVar[Mapping[str, type[Refusal]]] = {}
    """The refusal that each named constraint stands for; any other violation is a fault."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._alone = engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> AsyncEngine:
        return self._engine

    def one_statement(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Connect without a transaction, whose begin and end are two trips more.

        Each statement is one of its own: two may see two states.
        """
        return self._alone.connect()

    def refusal_of(self, error: Refusal | IntegrityError) -> Refusal:
        """Name the refusal that a broken guard stands for. Raises the error that has no name."""
        if isinstance(error, Refusal):
            return error
        named = self.guards.get(broken_guard(error))
        if named is None:
            raise error
        return named("the record forbids it")


def once(
    step: str,
    *,
    locking: Locks | None = None,
    then: Callable[[Any], None] | None = None,
) -> Callable[[Work[Owner, Request, Reply]], Step[Owner, Request, Reply]]:
    """Make a method a step that happens once, whatever is repeated.

    The first answer, a refusal too, is kept beside the work and given again for ever. `locking`
    names what the step must have for itself, taken before anything is read; `then` is told of what
    was done, once, when it is committed. Raises `Undone` when the undo was first, `KeyReused` when
    the key belongs to another request.
    """

    def decorate(work: Work[Owner, Request, Reply]) -> Step[Owner, Request, Reply]:
        doing = _Once(step, work, TypeAdapter(get_type_hints(work)["return"]), locking, then)

        @functools.wraps(work)
        async def ask(self: Owner, process: Process, request: Request) -> Reply:
            return await in_place(lambda: doing.transaction(self, process, request))

        return ask

    return decorate


@dataclass(frozen=True)
class _Once(Generic[Owner, Request, Reply]):
    """One step of one service."""

    step: str
    work: Work[Owner, Request, Reply]
    reply: TypeAdapter[Any]
    locking: Locks | None
    then: Callable[[Any], None] | None

    async def transaction(self, service: Owner, process: Process, request: Request) -> Reply:
        claim = claim_of(process, self.step, request)
        async with service.engine.connect() as connection:
            inbox = Inbox(connection)
            if not await inbox.claim(claim, self.locking(request) if self.locking else []):
                return await self.answered(inbox, claim)
            try:
                done = await self.work(service, connection, process, request)
            except (Refusal, IntegrityError) as no:
                # Its writes go; the refusal is recorded on its own.
                await connection.rollback()
                refusal = service.refusal_of(no)
            else:
                if done is not None:
                    response = self.reply.dump_python(done, mode="json")
                    await inbox.answer(claim.key, "DONE", response)
                await connection.commit()
                if self.then:
                    self.then(done)
                return done
            if not await inbox.claim(claim, [], "REFUSED"):
                # Whoever answered since then answered first.
                return await self.answered(inbox, claim)
            await inbox.answer(claim.key, "REFUSED", remember(refusal))
            await connection.commit()
            raise refusal

    async def answered(self, inbox: Inbox, claim: Claim) -> Reply:
        """Give the first answer again."""
        first = repeat(claim, await inbox.find_answer(claim.key))
        return cast("Reply", self.reply.validate_python(first))


def once_folded(step: str) -> Callable[[Folded[Owner, Request]], Step[Owner, Request, None]]:
    """Make a method that is one statement a step that happens once.

    The statement takes the step's key and does the work, so it holds what it locks no longer than
    it runs. It answers nothing, and false says that its key was taken before.
    """

    def decorate(work: Folded[Owner, Request]) -> Step[Owner, Request, None]:
        async def statement(self: Owner, process: Process, request: Request) -> None:
            claim = claim_of(process, step, request)
            async with self.one_statement() as connection:
                if not await work(self, connection, process, request, claim):
                    repeat(claim, await Inbox(connection).find_answer(claim.key))

        @functools.wraps(work)
        async def ask(self: Owner, process: Process, request: Request) -> None:
            await in_place(lambda: statement(self, process, request))

        return ask

    return decorate


def undoes(
    *steps: str, locking: Locks | None = None
) -> Callable[[Work[Owner, Request, None]], Step[Owner, Request, None]]:
    """Make a method the undo of these steps: each is buried, whether it happened or not.

    The work is done only if one of them had been done; what it undoes must be guarded by what that
    step left, never by hope.
    """

    def decorate(work: Work[Owner, Request, None]) -> Step[Owner, Request, None]:
        async def transaction(self: Owner, process: Process, request: Request) -> None:
            async with self.engine.begin() as connection:
                inbox = Inbox(connection)
                await inbox.enter(trace_of(process, request), locking(request) if locking else [])
                done = [
                    key
                    for key in (key_of(process, step, first_part(request)) for step in steps)
                    if not await inbox.bury(key, process.id)
                    and is_done(await inbox.find_answer(key))
                ]
                if not done:
                    return
                await work(self, connection, process, request)
                for key in done:
                    await inbox.undo(key)

        @functools.wraps(work)
        async def ask(self: Owner, process: Process, request: Request) -> None:
            await in_place(lambda: transaction(self, process, request))

        return ask

    return decorate


def key_of(process: Process, step: str, part: str) -> str:
    return ":".join(filter(None, (process.id, step, part)))


def first_part(request: Command) -> str:
    """Name the step as it was first asked for: an undo's own retries are the same undo."""
    return split_part(request.part)[0]


def hash_of(request: Command) -> str:
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()


def trace_of(process: Process, request: Command) -> str:
    """Say who changes the database, for the histories that the triggers write."""
    origin = process.origin
    return json.dumps(
        {
            "workflow_id": process.id,
            "accepted_at": process.accepted_at.isoformat(),
            "actor_id": origin.account_id and str(origin.account_id),
            "actor_role": origin.role,
            "correlation_id": origin.correlation_id,
            "reason": getattr(request, "reason", None),
        }
    )


def claim_of(process: Process, step: str, request: Command) -> Claim:
    return Claim(
        key=key_of(process, step, request.part),
        hash=hash_of(request),
        workflow_id=process.id,
        trace=trace_of(process, request),
    )


def repeat(claim: Claim, answered: Answered | None) -> Json:
    """Give the first answer again."""
    if answered is None or answered.outcome == "TOMBSTONE":
        raise Undone(f"{claim.key} comes after its undo")
    if answered.request_hash != claim.hash:
        raise KeyReused(claim.key)
    if answered.outcome == "REFUSED":
        raise recall(answered.response)
    return answered.response


def remember(refusal: Refusal) -> Json:
    return {"code": refusal.code, "message": str(refusal), "details": {**refusal.details}}


def recall(stored: Any) -> Refusal:  # noqa: ANN401 - what `remember` wrote, as JSON
    refusal = Refusal(stored["message"], stored["details"])
    refusal.code = stored["code"]  # type: ignore[misc] # the class of a remembered one is unknown
    return refusal


def is_done(answered: Answered | None) -> bool:
    return answered is not None and answered.outcome == "DONE"
