"""How tries to log in are counted: five are free, then each waits twice as long as the last."""

import hashlib
from datetime import timedelta

FREE = 5
LONGEST = timedelta(minutes=15)
QUIET = timedelta(minutes=15)
"""After so long without a try the count begins anew."""


def bucket(kind: str, of: str) -> str:
    """Name what is counted; a hash, because nobody needs to read here who tried."""
    return f"{kind}:{hashlib.sha256(of.casefold().encode()).hexdigest()}"


def pause_after(failures: int) -> timedelta:
    """Tell how long nobody looks at the next try."""
    if failures < FREE:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - FREE, 20)), LONGEST)
