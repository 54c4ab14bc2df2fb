"""What a database guards by itself: legal moves, histories, and who may write what.

Migrations call these functions. They are history as much as the migrations are: a new rule is a new
function, never a change of an old one.
"""

from collections.abc import Iterable, Mapping

Moves = Mapping[str, Iterable[str]]
"""From each state, the states that may follow; a new row moves from `''`."""


def guard(name: str, *told: str) -> str:
    """Make a trigger's function: it writes each move into the history, and changes of what is told.

    Its trigger names the entity, and has to be one before the row is written.
    """
    own = ", ".join(f"'{column}'" for column in ("version", *told))
    has_changed = " OR ".join(
        f"to_jsonb(OLD) -> '{column}' IS DISTINCT FROM to_jsonb(NEW) -> '{column}'"
        for column in told
    )
    return f"""
CREATE FUNCTION app.{name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
  was text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.status END;
  -- A trace cannot forge what changed.
  line jsonb := to_jsonb(NEW)
    || (current_setting('hms.trace')::jsonb - ARRAY[TG_ARGV[0] || '_id', {own}])
    || jsonb_build_object(
         'from_status', was, 'to_status', NEW.status, 'created_at', clock_timestamp());
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
    RAISE check_violation USING CONSTRAINT = 'version_step';
  END IF;
  IF was <> NEW.status AND NOT EXISTS (
    SELECT FROM legal_moves m
    WHERE (m.entity, m.from_status, m.to_status) = (TG_ARGV[0], was, NEW.status))
  THEN
    RAISE check_violation USING CONSTRAINT = 'legal_move';
  END IF;
  IF was <> NEW.status OR {has_changed} THEN
    EXECUTE format(
      'INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, $1)).*', TG_ARGV[0] || '_changes')
      USING line;
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$
"""


GUARD_MOVE = guard("guard_move", "slot")
GUARD_VISIT = guard("guard_visit", "slot", "doctor_id")
"""A visit may move to another doctor at the same hour."""


def schemas() -> list[str]:
    """Make the two schemas; the owner's default rights keep every later table in its place."""
    return ["CREATE SCHEMA IF NOT EXISTS app", "CREATE SCHEMA IF NOT EXISTS published"]


def guard_moves(entity: str, table: str, moves: Moves) -> list[str]:
    """Let the table change only along legal moves, and write each into `<entity>_changes`."""
    rows = ", ".join(f"('{entity}', '{was}', '{to}')" for was in moves for to in moves[was])
    return [
        f"INSERT INTO app.legal_moves (entity, from_status, to_status) VALUES {rows}",  # noqa: S608
        f"""CREATE TRIGGER guard_move BEFORE INSERT OR UPDATE ON app.{table}
            FOR EACH ROW EXECUTE FUNCTION app.guard_move('{entity}')""",
    ]


def written_by_the_owner(service: str, *names: str) -> list[str]:
    """Take every write from the worker: only functions of the owner fill these tables."""
    return [f"REVOKE INSERT, UPDATE ON app.{name} FROM hms_{service}_worker" for name in names]


def append_only(service: str, *names: str) -> list[str]:
    """Let the worker add rows, and never change one."""
    return [f"REVOKE UPDATE ON app.{name} FROM hms_{service}_worker" for name in names]
