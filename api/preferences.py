"""What a client prefers (RFC 7240), and the key that it sends (its draft)."""

import re
from dataclasses import dataclass

from uuid_utils.compat import uuid7

from api.problems import Code, Problem

PATIENCE = 10.0
"""Seconds that we wait for an outcome at most."""
KEY_FORM = re.compile(r'[\x21\x23-\x5b\x5d-\x7e]{1,255}|"[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}"')
WAIT_FORM = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preference:
    """How long the sender waits; `applied` is what we say that we heard."""

    seconds: float = PATIENCE
    applied: str | None = None


def preference_of(header: str | None) -> Preference:
    """Read a Prefer header; what we don't know is no error."""
    for part in (header or "").split(","):
        name, _, value = part.strip().partition("=")
        match name.strip().lower():
            case "respond-async":
                return Preference(0.0, "respond-async")
            case "wait" if WAIT_FORM.fullmatch(value.strip()):
                seconds = min(float(value), PATIENCE)
                return Preference(seconds, f"wait={seconds:.0f}")
    return Preference()


def key_of(header: str | None, *, is_needed: bool) -> str:
    """Read an Idempotency-Key; a command that came without one gets a key of its own."""
    if header is None:
        if is_needed:
            raise Problem(Code.KEY_REQUIRED)
        return f"own-{uuid7()}"
    if not KEY_FORM.fullmatch(header):
        raise Problem(Code.KEY_MALFORMED)
    return header.strip('"')
