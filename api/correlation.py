"""One id for all that follows from a request: in the answer, the processes, the logs, the mail."""

import re

HEADER = "X-Correlation-ID"
FORM = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def is_acceptable(value: str) -> bool:
    """Anything else is replaced: it goes into logs and search attributes."""
    return FORM.fullmatch(value) is not None
