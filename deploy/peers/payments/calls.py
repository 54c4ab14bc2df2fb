"""A request as it came in: what is asked, and under which idempotency key."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from deploy.peers.payments.forms import Params, nested
from deploy.peers.payments.refusals import Refused, invalid

Order = TypeVar("Order", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """One request. Two calls with the same fingerprint ask for the same."""

    method: str
    path: str
    key: str | None
    params: Params

    @cached_property
    def fingerprint(self) -> str:
        asked = json.dumps([self.method, self.path, self.params], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def read(self, order: type[Order]) -> Order:
        """Check the parameters, and refuse the first wrong one as Stripe does."""
        try:
            return order.model_validate(self.params)
        except ValidationError as error:
            raise refusal_of(error.errors()[0]) from error


def refusal_of(error: ErrorDetails) -> Refused:
    first, *rest = [str(part) for part in error["loc"]] or [""]
    param = first + "".join(f"[{part}]" for part in rest)
    if error["type"] == "missing":
        return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    code = "parameter_invalid_integer" if error["type"].startswith("int") else None
    return invalid(f"Invalid {param or 'request'}: {error['msg']}", param=param or None, code=code)


async def received(request: Request) -> Call:
    """Read a call from the query or the form, whichever the method uses."""
    encoded = request.url.query.encode() if request.method == "GET" else await request.body()
    pairs = parse_qsl(encoded.decode(errors="replace"), keep_blank_values=True)
    return Call(
        method=request.method,
        path=request.url.path,
        key=request.headers.get("Idempotency-Key") if request.method == "POST" else None,
        params=nested(pairs),
    )
