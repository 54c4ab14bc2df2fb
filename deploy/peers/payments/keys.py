"""Idempotency keys, kept as Stripe keeps them: the first answer is the answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.peers.payments.calls import Call
from deploy.peers.payments.refusals import Answer, Problem, Refused
from deploy.peers.payments.storage import Storage


class IdempotencyKeys:
    """Remembers status and body of whatever began to be executed, server errors included."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._running: set[str] = set()

    def find(self, call: Call) -> Answer | None:
        if call.key is None:
            return None
        if call.key in self._running:
            raise in_use(call.key)
        rows = self._storage.rows(
            "SELECT fingerprint, answer FROM idempotency_keys WHERE key = :key", {"key": call.key}
        )
        if not rows:
            return None
        if rows[0]["fingerprint"] != call.fingerprint:
            raise used_otherwise(call.key)
        return Answer.model_validate_json(rows[0]["answer"])

    def keep(self, call: Call, answer: Answer) -> None:
        if call.key is None:
            return
        self._storage.change(
            "INSERT INTO idempotency_keys VALUES (:key, :fingerprint, :answer)",
            {
                "key": call.key,
                "fingerprint": call.fingerprint,
                "answer": answer.model_dump_json(),
            },
        )

    @contextmanager
    def running(self, call: Call) -> Iterator[None]:
        """Keep the key to ourselves while its first request takes its time."""
        if call.key is None:
            yield
            return
        self._running.add(call.key)
        try:
            yield
        finally:
            self._running.discard(call.key)


def in_use(key: str) -> Refused:
    problem = Problem(
        type="idempotency_error",
        code="idempotency_key_in_use",
        message=f"There is currently another in-progress request using the key {key}.",
    )
    return Refused(409, problem, is_final=False)


def used_otherwise(key: str) -> Refused:
    problem = Problem(
        type="idempotency_error",
        message="Keys for idempotent requests can only be used with the same parameters they were "
        f"first used with. Try using a key other than '{key}'.",
    )
    return Refused(400, problem, is_final=False)
