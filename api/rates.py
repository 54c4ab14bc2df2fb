"""How often somebody may ask; counted in this process alone, as draft-ietf-httpapi-ratelimit."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.problems import Code, Problem


class Rates:
    """Counts requests per account, or per address where nobody is logged in."""

    def __init__(self, quota: str = "100/minute") -> None:
        self._quota: RateLimitItem = parse(quota)
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    def take(self, who: str) -> dict[str, str]:
        """Count one request, and say how many are left; a problem, when none was."""
        is_granted = self._counter.hit(self._quota, who)
        stats = self._counter.get_window_stats(self._quota, who)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        window = self._quota.get_expiry()
        headers = {
            "RateLimit-Policy": f'"default";q={self._quota.amount};w={window}',
            "RateLimit": f'"default";r={stats.remaining};t={seconds}',
        }
        if not is_granted:
            raise Problem(Code.TOO_MANY_REQUESTS, headers={**headers, "Retry-After": str(seconds)})
        return headers
