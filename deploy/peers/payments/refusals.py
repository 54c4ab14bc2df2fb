"""How the gateway says no, in Stripe's words."""

from pydantic import BaseModel

from deploy.peers.payments.shapes import Json, PaymentIntent


class Answer(BaseModel):
    """A status and a body, as an idempotency key remembers them."""

    status: int
    body: Json


class Problem(BaseModel):
    """Stripe's error object; what is not said is left out of it."""

    type: str = "invalid_request_error"
    code: str | None = None
    decline_code: str | None = None
    message: str
    param: str | None = None
    charge: str | None = None
    payment_intent: PaymentIntent | None = None

    def answer(self, status: int) -> Answer:
        told = {name: value for name, value in self.model_dump().items() if value is not None}
        return Answer(status=status, body={"error": told})


class Refused(Exception):
    """No. A final no is kept under the idempotency key, together with what it changed."""

    def __init__(self, status: int, problem: Problem, *, is_final: bool) -> None:
        super().__init__(problem.message)
        self.is_final = is_final
        self.answer = problem.answer(status)


class Decline(BaseModel):
    """Why a card says no."""

    code: str
    decline_code: str
    message: str


SERVER_ERROR = Problem(type="api_error", message="Something went wrong on our side.").answer(500)
TOO_MANY = Problem(code="rate_limit", message="Too many requests hit the API.").answer(429)


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    """Refuse what never got as far as being executed: the key stays free."""
    return Refused(400, Problem(code=code, message=message, param=param), is_final=False)


def missing(kind: str, name: str, param: str | None = None) -> Refused:
    problem = Problem(code="resource_missing", message=f"No such {kind}: '{name}'", param=param)
    return Refused(404, problem, is_final=False)


def impossible(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    """Refuse what the state of the money does not allow: asked again, the answer is the same."""
    return Refused(400, Problem(code=code, message=message, param=param), is_final=True)


def unexpected_state(intent: PaymentIntent, verb: str) -> Refused:
    problem = Problem(
        code="payment_intent_unexpected_state",
        message=f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}.",
        payment_intent=intent,
    )
    return Refused(400, problem, is_final=True)


def declined(decline: Decline, intent: PaymentIntent | None = None) -> Refused:
    problem = Problem(
        type="card_error",
        code=decline.code,
        decline_code=decline.decline_code,
        message=decline.message,
        charge=intent.latest_charge if intent else None,
        payment_intent=intent,
    )
    return Refused(402, problem, is_final=True)
