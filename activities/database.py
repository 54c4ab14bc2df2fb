"""What the database says when it can't: what cures itself, and what somebody must look at."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

Reply = TypeVar("Reply")

RETRIED_IN_PLACE = {"40001", "40P01"}  # serialization failure, deadlock
AWAY = ("08", "53", "57P0", "55P03", "57014", "25P03", "25P04")
"""No connection, no resources, shut down, or a time box that ran out: perhaps after the COMMIT."""
ATTEMPTS = 3


class DatabaseFault(Exception):
    """The database could not do it, or nobody knows whether it did. Shows no value of a request."""


class DatabaseBug(DatabaseFault):
    """The database says that what we asked makes no sense: somebody must look."""


async def in_place(transaction: Callable[[], Awaitable[Reply]]) -> Reply:
    """Run a transaction, and again when the database asks for it."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await transaction()
        except DBAPIError as error:
            state = sqlstate_of(error)
            if state not in RETRIED_IN_PLACE or attempt == ATTEMPTS:
                # Not from `error`: its text, and the driver's below it, print whole rows.
                name = type(driver_error(error)).__name__
                raise fault_of(state)(f"{name} {state} {broken_guard(error)}".rstrip()) from None
    raise AssertionError("unreachable")


def fault_of(state: str) -> type[DatabaseFault]:
    """Tell what cures itself from what doesn't; the driver's own errors have no state."""
    is_away = not state or state in RETRIED_IN_PLACE or state.startswith(AWAY)
    return DatabaseFault if is_away else DatabaseBug


def driver_error(error: DBAPIError) -> BaseException | None:
    return error.orig and (error.orig.__cause__ or error.orig)


def sqlstate_of(error: DBAPIError) -> str:
    return str(getattr(driver_error(error), "sqlstate", None) or "")


def broken_guard(error: DBAPIError) -> str:
    """Name the constraint that was broken; empty, when it was another error."""
    return str(getattr(driver_error(error), "constraint_name", None) or "")
