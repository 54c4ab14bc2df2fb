"""How a call of the gateway can fail. No text of the gateway or of its SDK goes into these."""

from datetime import timedelta

from stripe import StripeError

from activities.contract import AskLater, FinalFault

UNSURE_FOR = timedelta(hours=24)
"""So long the gateway remembers our keys. After it, asking again might do it again."""

TOO_MANY, DENIED, REFUSED = 429, {401, 403}, {400, 404, 409, 422}
IN_PROGRESS = "idempotency_key_in_use"


class GatewayRejected(FinalFault):
    """The gateway says that what we ask makes no sense: never retried, a person must look."""


class GatewaySilent(FinalFault):
    """For a day nobody could tell what became of a call: a person must ask the other side."""


class GatewayDenied(Exception):
    """The gateway does not know us: nothing happened, and nothing will until the key is right."""


class GatewayBusy(AskLater):
    """The gateway wants to be asked later; nothing happened."""


class GatewayUnsure(Exception):
    """No answer, or none that can be understood: it may have happened."""


class FaultKept(GatewayUnsure):
    """The gateway keeps a fault under our key and will repeat it for ever."""


def fault_of(error: StripeError) -> Exception:
    """Name what a call met, by its status and the gateway's own code, and nothing else."""
    status, headers, code = error.http_status, error.headers or {}, said(error, "code")
    if status == TOO_MANY:
        return GatewayBusy(seconds_of(headers.get("retry-after")))
    if status in DENIED:
        return GatewayDenied(f"{status}")
    if code == IN_PROGRESS:
        return GatewayUnsure("our first call is still being answered")
    if status in REFUSED:
        return GatewayRejected(f"{status} {code or ''}".rstrip())
    if headers.get("idempotent-replayed") == "true":
        return FaultKept(f"{status}")
    return GatewayUnsure(f"{status or type(error).__name__}")


def said(error: StripeError, *path: str) -> str | None:
    """Read a word of the gateway's answer; not every class of the SDK passes it on."""
    word: object = error.json_body
    for name in ("error", *path):
        word = word.get(name) if isinstance(word, dict) else None
    return word if isinstance(word, str) else None


def seconds_of(header: str | None) -> timedelta:
    return timedelta(seconds=int(header) if header and header.isdecimal() else 1)


DECLINES = {
    "insufficient_funds": "insufficient_funds",
    "expired_card": "expired_card",
    "authentication_required": "authentication_failed",
    "authentication_not_handled": "authentication_failed",
    "payment_intent_authentication_failure": "authentication_failed",
}


def decline_code(*words: str | None) -> str:
    """Say why in one of the four words that patients are told."""
    known = (DECLINES[word] for word in words if word in DECLINES)
    return next(known, "generic")
