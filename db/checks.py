"""What is looked for in every database: guards that are gone, broken histories, buried steps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import MetaData, RowMapping, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

FIRST = UUID(int=0)
"""Before every id."""
ROWS, FINDINGS = 5_000, 500
"""So many rows are looked at in one statement, and so many of them reported at most."""


@dataclass(frozen=True, slots=True)
class Check:
    """A query that finds nothing as long as all is well.

    Each row is a finding. Its column `key` names the object, `processes` who changed it last,
    `appointment_id` its visit; the others are details.
    """

    name: str
    query: str
    of: tuple[str, str] | None = None
    """The table and the key whose ids the query takes from `page`; else it takes them all."""
    severity: str = "CRITICAL"
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def page(self) -> str:
        if self.of is None:
            return "SELECT CAST(:after AS uuid) AS id WHERE :limit = 0"
        table, key = self.of
        return f"""
            SELECT {key} AS id FROM app.{table} WHERE {key} > CAST(:after AS uuid)
            ORDER BY {key} LIMIT :limit"""  # noqa: S608 - names of ours

    @property
    def statement(self) -> str:
        return f"""
            WITH page AS ({self.page}), found AS ({self.query})
            SELECT DISTINCT ON (key) * FROM found ORDER BY key LIMIT {FINDINGS}"""  # noqa: S608


class CheckRepository:
    """Looks, and changes nothing."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def violations(self, check: Check, after: UUID, at: object) -> list[RowMapping]:
        values = {"after": after, "limit": ROWS, "at": at, **check.values}
        return await self.rows(check.statement, **values)

    async def find_end(self, check: Check, after: UUID) -> UUID | None:
        """Name the last row of a page, if it is full: another one follows."""
        query = f"SELECT id FROM ({check.page}) page OFFSET :last"  # noqa: S608 - as above
        rows = await self.rows(query, after=after, limit=ROWS, last=ROWS - 1)
        return rows[0]["id"] if rows else None

    async def rows(self, query: str, **values: object) -> list[RowMapping]:
        """Ask a query that may name any of these values."""
        asked = text(query)
        named = {name: values[name] for name in asked.compile().params}
        return list((await self._connection.execute(asked, named)).mappings())


def guards(metadata: MetaData, *triggers: str) -> Check:
    """C0: a guard that was dropped, switched off or never validated is a silent hole."""
    wanted = [*guards_of(metadata), *triggers]
    return Check("C0 guards", GUARDS, values={"wanted": wanted})


def guards_of(metadata: MetaData) -> Iterator[str]:
    """Name every constraint and every unique index that the models declare, with its table."""
    names = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    for table in metadata.tables.values():
        for constraint in table.constraints:
            yield f"{table.name}.{names.format_constraint(constraint)}"
        for index in table.indexes:
            if index.unique:
                yield f"{table.name}.{names.format_index(index)}"


def history(entity: str, table: str, *also: str) -> Check:
    """C2: a state is the last line of its history, and every line a legal move from the one before.

    `also` are columns whose changes are kept beside the status.
    """
    key = f"{entity}_id"
    differs = " OR ".join(f"last.{name} IS DISTINCT FROM now.{name}" for name in also)
    query = HISTORY.format(
        entity=entity,
        table=table,
        key=key,
        also="".join(f", {name}" for name in also),
        differs=f"OR {differs}" if differs else "",
    )
    return Check(f"C2 history: {entity}", query, (table, key))


def tombstones(*undone: str) -> Check:
    """C6: nothing is undone but what has an undo: no pivot, and no step behind one."""
    return Check("C6 undone for good", TOMBSTONES, values={"undone": list(undone)})


def changes(*lines: str) -> str:
    """Name who wrote these lines, and when last, as long as the inbox remembers them."""
    return CHANGES.format(lines=" UNION ALL ".join(lines))


def of_page(history: str, key: str, via: str = "") -> str:
    """Find the lines of a history whose keys are on a page."""
    return f"""
        SELECT c.workflow_id, c.created_at FROM app.{history} c {via}
        WHERE {key} = ANY (CAST(:ids AS uuid[]))"""  # noqa: S608 - names of ours


STRANGERS = Check(
    "C10 who may connect",
    # A new database is open to everybody until it is shut: every one of the server counts.
    """
    SELECT r.rolname || ' to ' || d.datname AS key FROM pg_roles r CROSS JOIN pg_database d
    WHERE r.rolcanlogin AND NOT r.rolsuper AND d.datallowconn
      AND has_database_privilege(r.oid, d.oid, 'CONNECT')
      AND d.datname <> regexp_replace(r.rolname, '_(owner|worker|reader)$', '')
    """,
)
"""Not one of a service's own: it looks at the whole server."""
GUARDS = """
    SELECT wanted AS key FROM unnest(CAST(:wanted AS text[])) AS wanted WHERE wanted NOT IN (
      SELECT t.relname || '.' || c.conname
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
      WHERE c.contype <> 't' AND c.convalidated AND t.relnamespace = 'app'::regnamespace
      UNION ALL
      SELECT t.relname || '.' || i.relname
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
      WHERE x.indisunique AND x.indisvalid AND t.relnamespace = 'app'::regnamespace
      UNION ALL
      SELECT t.relname || '.' || g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
      WHERE g.tgenabled IN ('O', 'A') AND t.relnamespace = 'app'::regnamespace)
"""
HISTORY = """
    WITH moves AS (
      SELECT {key} AS id, version, from_status, to_status, workflow_id {also},
             lag(to_status, 1, '') OVER in_order AS before,
             lead(version) OVER in_order IS NULL AS is_last
      FROM app.{entity}_changes JOIN page ON page.id = {key}
      WINDOW in_order AS (PARTITION BY {key} ORDER BY version)),
    wrong AS (
      SELECT id, 'illegal move' AS why FROM moves
      WHERE from_status <> to_status AND NOT EXISTS (
        SELECT FROM app.legal_moves m
        WHERE m.entity = '{entity}' AND m.from_status = moves.from_status
          AND m.to_status = moves.to_status)
      UNION ALL
      SELECT id, 'broken chain' FROM moves WHERE from_status <> before
      UNION ALL
      SELECT now.{key}, 'differs from its history'
      FROM app.{table} now JOIN page ON page.id = now.{key}
      LEFT JOIN moves last ON last.id = now.{key} AND last.is_last
      WHERE last.to_status IS DISTINCT FROM now.status OR last.version > now.version {differs})
    SELECT CAST(id AS text) AS key, string_agg(DISTINCT why, ', ') AS why,
           ARRAY(SELECT workflow_id FROM moves WHERE moves.id = wrong.id AND is_last) AS processes
    FROM wrong GROUP BY id
"""
CHANGES = """
    SELECT c.workflow_id AS process, max(c.created_at) AS last_at FROM ({lines}) c
    WHERE EXISTS (SELECT FROM app.inbox i WHERE i.workflow_id = c.workflow_id)
    GROUP BY c.workflow_id
"""
TOMBSTONES = """
    SELECT key, ARRAY[workflow_id] AS processes FROM app.inbox
    WHERE outcome = 'TOMBSTONE' AND split_part(substr(key, length(workflow_id) + 2), ':', 1)
          <> ALL (CAST(:undone AS text[]))
"""
