"""Payments, refunds and events, each kept as the JSON that the API shows."""

import json
from collections.abc import Mapping
from typing import Generic

from deploy.peers.payments.orders import Page
from deploy.peers.payments.refusals import missing
from deploy.peers.payments.shapes import Kept, Listing
from deploy.peers.payments.storage import Storage

ADD = """
    INSERT INTO documents (id, kind, intent, created, body)
    VALUES (:id, :kind, :intent, :created, :body)
"""
PAGE = """
    SELECT body FROM documents
    WHERE kind = :kind
      AND created BETWEEN :since AND :until
      AND (:intent IS NULL OR intent = :intent)
      AND (:after IS NULL OR seq < (SELECT seq FROM documents WHERE id = :after))
      AND NOT EXISTS (
          SELECT 1 FROM json_each(:matching) AS wanted
          WHERE json_extract(body, wanted.key) IS NOT wanted.value
      )
    ORDER BY seq DESC
    LIMIT :limit
"""


class Documents(Generic[Kept]):
    """All documents of one kind."""

    def __init__(self, storage: Storage, shape: type[Kept], kind: str) -> None:
        self._storage = storage
        self._shape = shape
        self._kind = kind

    def add(self, document: Kept, intent_id: str) -> None:
        self._storage.change(
            ADD,
            {
                "id": document.id,
                "kind": self._kind,
                "intent": intent_id,
                "created": document.created,
                "body": document.model_dump_json(),
            },
        )

    def save(self, document: Kept) -> None:
        self._storage.change(
            "UPDATE documents SET body = :body WHERE id = :id",
            {"id": document.id, "body": document.model_dump_json()},
        )

    def get(self, document_id: str) -> Kept:
        rows = self._storage.rows(
            "SELECT body FROM documents WHERE id = :id AND kind = :kind",
            {"id": document_id, "kind": self._kind},
        )
        if not rows:
            raise missing(self._kind, document_id, "id")
        return self._shape.model_validate_json(rows[0]["body"])

    def of_intent(self, intent_id: str) -> list[Kept]:
        rows = self._storage.rows(
            "SELECT body FROM documents WHERE intent = :intent AND kind = :kind ORDER BY seq",
            {"intent": intent_id, "kind": self._kind},
        )
        return [self._shape.model_validate_json(row["body"]) for row in rows]

    def all(self) -> list[Kept]:
        rows = self._storage.rows(
            "SELECT body FROM documents WHERE kind = :kind ORDER BY seq", {"kind": self._kind}
        )
        return [self._shape.model_validate_json(row["body"]) for row in rows]

    def page(
        self,
        page: Page,
        url: str,
        *,
        intent_id: str | None = None,
        matching: Mapping[str, str] | None = None,
    ) -> Listing[Kept]:
        """List the newest first. `matching` holds JSON paths and what must be there."""
        since, until = page.bounds()
        rows = self._storage.rows(
            PAGE,
            {
                "kind": self._kind,
                "since": since,
                "until": until,
                "intent": intent_id,
                "after": page.starting_after,
                "matching": json.dumps(matching or {}),
                # One more than is shown tells whether there is more.
                "limit": page.limit + 1,
            },
        )
        found = [self._shape.model_validate_json(row["body"]) for row in rows]
        return Listing[Kept](url=url, has_more=len(found) > page.limit, data=found[: page.limit])
