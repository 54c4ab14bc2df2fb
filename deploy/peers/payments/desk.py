"""The desk where every request is answered: faults, keys and one transaction."""

import asyncio
from collections.abc import Callable

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from deploy.peers.payments.calls import Call
from deploy.peers.payments.faults import WELL, Fault, Faults, Step, Stumbles
from deploy.peers.payments.keys import IdempotencyKeys
from deploy.peers.payments.methods import GENERIC
from deploy.peers.payments.refusals import SERVER_ERROR, TOO_MANY, Answer, Decline, Refused
from deploy.peers.payments.shapes import new_id
from deploy.peers.payments.storage import Storage

# An operation gets the decline that a fault wants for it, and changes documents and nothing else.
Operation = Callable[[Decline | None], BaseModel]


class CutOff(Response):
    """No answer at all: after a while the connection is closed in the middle of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._seconds)
        # A body is promised and never sent, so the server must close; nobody can take this for an
        # answer, and the status is for those who would.
        promised = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 504, "headers": promised})


def render(answer: Answer, *, is_replay: bool = False) -> Response:
    headers = {"Request-Id": new_id("req")}
    if is_replay:
        headers["Idempotent-Replayed"] = "true"
    if answer == TOO_MANY:
        headers["Retry-After"] = "1"
    return JSONResponse(answer.body, answer.status, headers)


class Desk:
    """Executes a request once per key. What it changes and what it answers are kept together."""

    def __init__(self, storage: Storage, faults: Faults) -> None:
        self._storage = storage
        self._faults = faults
        self._stumbles = Stumbles(storage)
        self._keys = IdempotencyKeys(storage)

    async def answer(self, call: Call, step: Step, operation: Operation) -> Response:
        kept = self._keys.find(call)
        fault = (
            self._faults.take(step, is_replay=kept is not None)
            or self._stumbles.take(call, step)
            or WELL
        )
        if fault.kind == "429":
            return render(TOO_MANY)
        if fault.kind == "500-not-stored":
            return render(SERVER_ERROR)
        if fault.kind == "timeout-before":
            return CutOff(fault.seconds)
        if fault.kind == "slow":
            with self._keys.running(call):
                await asyncio.sleep(fault.seconds)
        answer = kept or self._execute(call, operation, fault)
        if kept:
            self._note(call, kept, is_replay=True)
        if fault.kind == "timeout-after":
            return CutOff(fault.seconds)
        if fault.kind == "garbage":
            return Response("<html>Bad Gateway</html>", media_type="text/html")
        return render(answer, is_replay=kept is not None)

    def _execute(self, call: Call, operation: Operation, fault: Fault) -> Answer:
        with self._storage.transaction():
            answer = self._outcome(operation, fault)
            self._keys.keep(call, answer)
            self._note(call, answer, is_replay=False)
        return answer

    def _outcome(self, operation: Operation, fault: Fault) -> Answer:
        if fault.kind == "500-stored":
            return SERVER_ERROR
        try:
            told = operation(GENERIC if fault.kind == "402" else None)
        except Refused as refused:
            if refused.is_final:
                return refused.answer
            raise
        if fault.kind == "500-after":
            return SERVER_ERROR
        return Answer(status=200, body=told.model_dump(mode="json"))

    def _note(self, call: Call, answer: Answer, *, is_replay: bool) -> None:
        """Enter a write into the log that tests count by."""
        if call.method == "GET":
            return
        self._storage.change(
            "INSERT INTO requests (method, path, key, status, replayed)"
            " VALUES (:method, :path, :key, :status, :replayed)",
            {
                "method": call.method,
                "path": call.path,
                "key": call.key,
                "status": answer.status,
                "replayed": is_replay,
            },
        )
