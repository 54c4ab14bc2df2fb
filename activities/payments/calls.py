"""How the gateway is called: once under our key, and asked before anything is done again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stripe import CardError, StripeError

from activities.payments.contract import Attempt
from activities.payments.faults import (
    UNSURE_FOR,
    FaultKept,
    GatewayRejected,
    GatewaySilent,
    GatewayUnsure,
    fault_of,
)

A_CALL = 5.0
A_STEP = 20.0
"""Seconds that one call, and all calls of a step, may take: a step has 30, with its records."""
KEYS = ("", "/1", "/2", "/3", "/4")
"""What is put behind a key whose answer is a fault that the gateway keeps."""

Told = TypeVar("Told")
Answer = TypeVar("Answer")


async def called(call: Awaitable[Answer], read: Callable[[Answer], Told]) -> Told:
    """Wait for one call, and read its answer. Declines pass; all else becomes a fault of ours."""
    try:
        async with asyncio.timeout(A_CALL):
            return read(await call)
    except CardError:
        raise
    except StripeError as error:
        raise fault_of(error) from None
    except (TimeoutError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise GatewayUnsure(type(error).__name__) from None


async def settled(
    do: Callable[[str], Awaitable[Told]],
    key: str,
    ask: Callable[[], Awaitable[Told | None]],
    attempt: Attempt,
    *,
    looks_first: bool = False,
) -> Told:
    """Do it once under our key. Where nobody knows what became of it, look before more is done."""
    try:
        async with asyncio.timeout(A_STEP):
            if (looks_first or attempt.number > 1) and (known := await ask()) is not None:
                return known
            for again in KEYS[:-1]:
                try:
                    return await do(key + again)
                except (GatewayRejected, GatewayUnsure) as fault:
                    if (known := await ask()) is not None:
                        return known
                    # A fault that is kept says nothing new: only another key can.
                    if not isinstance(fault, FaultKept):
                        raise
            return await do(key + KEYS[-1])
    except (TimeoutError, GatewayUnsure) as fault:
        if attempt.waited > UNSURE_FOR:
            raise GatewaySilent("nobody knows for a day what became of it") from None
        raise GatewayUnsure(str(fault) or "too slow") from None
