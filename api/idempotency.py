"""A command is recorded before it is begun, done once, and answered the same for ever after."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from starlette.responses import Response
from temporalio.workflow import UpdateMethodMultiParam
from uuid_utils.compat import uuid7

from activities.contract import Message
from activities.users.contract import Claim, Claimed, Role
from api import answers
from api.accounts import Accounts
from api.answers import Answer
from api.callers import Caller
from api.engine import EngineAwayError, NoSuchProcessError
from api.preferences import Preference
from api.problems import Code, Problem
from api.processes import Processes, UpdateRefusedError, Wanted
from workflows.saga_workflow import Outcome, Status

Result = TypeVar("Result", bound=Message)

Ids = Mapping[str, UUID]
"""The ids that were minted for a command, by name; `command` is always among them."""

Told = Callable[[Outcome[Result], Ids], Awaitable[Answer]]
"""Makes the answer of a command that was done."""
Explained = Callable[[Problem], Awaitable[Problem]]
"""Adds to a problem what its client needs to go on."""


async def as_it_is(problem: Problem) -> Problem:
    return problem


@dataclass(frozen=True, slots=True)
class Start(Generic[Result]):
    """Asks for a process. `want` is given the ids and the correlation id."""

    type: str
    mints: tuple[str, ...]
    want: Callable[[Ids, str], Wanted[Result]]
    resource: str | None = None
    """Where the result will be: a path with the names of ids, `/v1/bills/{bill_id}`."""


@dataclass(frozen=True, slots=True)
class Update(Generic[Result]):
    """Asks something of a process that runs already."""

    type: str
    workflow_id: str
    name: str
    update: UpdateMethodMultiParam[[Any, Any], Outcome[Result]]
    request: Callable[[Ids], Message]
    resource: str
    as_done: str | None = None
    """The refusal that is what was asked for: whoever lets go ends the process."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command as it came in: whose, under which key, and how long its sender waits."""

    caller: Caller
    operation: str
    key: str
    fingerprint: str
    preference: Preference
    if_match: str | None
    correlation_id: str
    public_url: str
    instance: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a process can be followed, and what comes of it."""

    workflow_id: str
    type: str
    resource: str | None
    as_done: str | None = None


def typed(
    update: UpdateMethodMultiParam[Any, Coroutine[Any, Any, Outcome[Result]]],
) -> UpdateMethodMultiParam[Any, Outcome[Result]]:
    """Name an update's answer: an update with a description is typed as if it gave a coroutine."""
    return cast("UpdateMethodMultiParam[Any, Outcome[Result]]", update)


def fingerprint_of(path: Mapping[str, Any], body: object) -> str:
    """Tell one request from another under the same key."""
    canonical = json.dumps([dict(path), body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class Commands:
    """Takes commands in and answers them."""

    def __init__(self, accounts: Accounts, processes: Processes) -> None:
        self._accounts = accounts
        self._processes = processes

    async def start(
        self,
        asked: Asked,
        command: Start[Result],
        told: "Told[Result]",
        *,
        explained: Explained = as_it_is,
        version: int | None = None,
    ) -> Response:
        """Begin a process, or join it, and answer with its outcome.

        `version` is the resource's as it was read, where an If-Match may be sent.
        """
        ids = {name: uuid7() for name in (*command.mints, "command")}

        async def perform(ids: Ids) -> Answer:
            wanted = command.want(ids, asked.correlation_id)
            seconds = asked.preference.seconds
            outcome = await (
                self._processes.ask(wanted, seconds) if seconds else self._processes.start(wanted)
            )
            resource = command.resource and command.resource.format_map(ids)
            followed = Followed(wanted.id, command.type, resource)
            return await answer_of(outcome, asked, ids, told, followed)

        workflow_id = command.want(ids, asked.correlation_id).id
        return await self._once(asked, ids, workflow_id, perform, explained, version)

    async def update(
        self,
        asked: Asked,
        command: Update[Result],
        told: "Told[Result]",
        *,
        closed: Callable[[], Awaitable[Problem]],
        version: int | None = None,
    ) -> Response:
        """Ask something of a running process; `closed` says what it means that it runs no more."""

        async def perform(ids: Ids) -> Answer:
            try:
                outcome = await self._processes.update(
                    command.workflow_id,
                    command.update,
                    command.request(ids),
                    id=f"{command.name}-{ids['command']}",
                    # The engine must have it before we may say that it is under way.
                    patience=max(asked.preference.seconds, 1.0),
                )
            except UpdateRefusedError as refused:
                raise Problem(Code.named(refused.code) or Code.INTERNAL_ERROR) from None
            except NoSuchProcessError:
                raise await closed() from None
            place = (command.workflow_id, command.type, command.resource)
            followed = Followed(*place, command.as_done)
            return await answer_of(outcome, asked, ids, told, followed)

        ids = {"command": uuid7()}
        return await self._once(asked, ids, command.workflow_id, perform, as_it_is, version)

    async def _once(  # noqa: PLR0913, PLR0917 - what start and update have in common
        self,
        asked: Asked,
        ids: Ids,
        workflow_id: str,
        perform: Callable[[Ids], Awaitable[Answer]],
        explained: Explained,
        version: int | None,
    ) -> Response:
        record = await self._claim(asked, ids, workflow_id)
        if record.answer:
            return answers.repeated(record.answer)
        if record.is_new and is_stale(asked.if_match, version):
            await self._accounts.forget(record.request_id)
            raise Problem(Code.VERSION_MISMATCH)
        try:
            answer = await perform(record.ids)
        except EngineAwayError:
            # The record stays: the same key finds the same process, if there is one.
            raise Problem(Code.UNAVAILABLE) from None
        except Problem as problem:
            told = await explained(problem)
            body = told.body(asked.public_url, asked.instance)
            answer = Answer(told.code.status, body, told.headers)
        if answer.is_kept:
            await self._accounts.keep(record.request_id, answer.kept())
        elif answer.is_forgotten:
            await self._accounts.forget(record.request_id)
        applied = asked.preference.applied
        return answer.response(**({"Preference-Applied": applied} if applied else {}))

    async def _claim(self, asked: Asked, ids: Ids, workflow_id: str) -> Claimed:
        """Write down what was asked, before anything is begun."""
        return await self._accounts.claim(
            Claim(
                principal=asked.caller.principal,
                operation=asked.operation,
                key=asked.key,
                request_hash=asked.fingerprint,
                ids=ids,
                workflow_id=workflow_id,
            )
        )


async def answer_of(
    outcome: Outcome[Result] | None,
    asked: Asked,
    ids: Ids,
    told: "Told[Result]",
    followed: Followed,
) -> Answer:
    """Make an answer of an outcome; raises `Problem` for what did not happen."""
    place = (followed.workflow_id, followed.type)
    if outcome is None:
        return answers.pending(*place, "RUNNING", followed.resource)
    if outcome.status is Status.NEEDS_ATTENTION:
        return answers.pending(*place, Status.NEEDS_ATTENTION, followed.resource)
    is_staff = asked.caller.role is not Role.PATIENT
    is_done = outcome.status is Status.DONE or (
        followed.as_done is not None and outcome.refusal == followed.as_done
    )
    if not is_done:
        raise answers.problem_of(outcome, followed.workflow_id, is_staff=is_staff)
    return await told(outcome, ids)


def is_stale(if_match: str | None, version: int | None) -> bool:
    if if_match is None or if_match.strip() == "*" or version is None:
        return False
    return answers.etag(version) not in [tag.strip() for tag in if_match.split(",")]
