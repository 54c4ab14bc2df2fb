"""Everything that can go wrong, by name: RFC 9457. No answer repeats what was sent."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from asgi_correlation_id import correlation_id
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
STAFF = "A person of the staff can help; name the correlation id."


class Code(Enum):
    """The codes of all problems, with their status and title. A code never changes its meaning."""

    MALFORMED_JSON = ("malformed-json", 400, "The body is not one JSON value")
    BAD_HEADER = ("bad-header", 400, "A header can't be understood")
    KEY_REQUIRED = ("idempotency-key-required", 400, "This request needs an Idempotency-Key")
    KEY_MALFORMED = ("idempotency-key-malformed", 400, "The Idempotency-Key has a wrong form")
    BAD_SIGNATURE = ("bad-signature", 400, "The signature is wrong")
    NOT_AUTHENTICATED = ("not-authenticated", 401, "Nobody is logged in")
    TOKEN_EXPIRED = ("token-expired", 401, "The access token is over")
    BAD_CREDENTIALS = ("bad-credentials", 401, "The name or the password is wrong")
    REFRESH_INVALID = ("refresh-invalid", 401, "The session is over: log in again")
    CODE_INVALID = ("code-invalid", 401, "The code is wrong or over")
    PAYMENT_DECLINED = ("payment-declined", 402, "The payment was declined")
    NOT_ALLOWED = ("not-allowed", 403, "This account may not do that")
    NOT_FOUND = ("not-found", 404, "There is nothing here")
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, "This can't be done here")
    SLOT_TAKEN = ("slot-taken", 409, "This slot is no longer free")
    PATIENT_BUSY = ("patient-busy", 409, "The patient has another visit at this time")
    DOCTOR_DAY_FULL = ("doctor-day-full", 409, "The doctor sees no more patients that day")
    TOO_MANY_HOLDS = ("too-many-holds", 409, "Too many slots wait for their payment")
    APPOINTMENT_BUSY = ("appointment-busy", 409, "The appointment is being changed")
    WRONG_STATE = ("wrong-state", 409, "This is not possible in the present state")
    NOT_HELD = ("not-held", 409, "No slot is held for this appointment")
    VISIT_STARTED = ("visit-started", 409, "The visit has begun")
    QUOTE_CHANGED = ("quote-changed", 409, "Cancelling costs more than was accepted")
    RESCHEDULE_LIMIT = ("reschedule-limit-reached", 409, "It was moved as often as allowed")
    TOO_LATE = ("too-late-to-reschedule", 409, "The visit begins too soon to be moved")
    TOO_EARLY = ("too-early-for-no-show", 409, "The patient may still come")
    WAIVE_CLOSED = ("waive-window-closed", 409, "It is too late to waive the fee")
    VISIT_NOT_COMPLETED = ("visit-not-completed", 409, "The visit is not completed")
    RELEASED = ("released", 409, "The slot was let go")
    UNDONE = ("undone", 409, "The request came after it was taken back")
    USERNAME_TAKEN = ("username-taken", 409, "Another account has this name")
    REGISTRATION_REFUSED = ("registration-refused", 409, "This registration is not possible")
    PATIENT_EXISTS = ("patient-exists", 409, "Another patient has these details")
    DOCTOR_EXISTS = ("doctor-exists", 409, "Another doctor has these details")
    TEMPLATE_EXISTS = ("template-exists", 409, "There is such a template already")
    PATIENT_HAS_APPOINTMENTS = ("patient-has-appointments", 409, "The patient has visits ahead")
    DOCTOR_HAS_APPOINTMENTS = ("doctor-has-appointments", 409, "The doctor has visits ahead")
    DEPARTMENT_IN_USE = ("department-in-use", 409, "Doctors work in this department")
    SPECIALIZATION_IN_USE = ("specialization-in-use", 409, "Doctors have this specialization")
    DEPARTMENT_EXISTS = ("department-exists", 409, "Another department has this name")
    SPECIALIZATION_EXISTS = (
        "specialization-exists",
        409,
        "Another specialization has this name",
    )
    LAST_ADMIN = ("last-admin", 409, "Somebody must stay administrator")
    BILL_CLOSED = ("bill-closed", 409, "The bill is closed")
    BILL_HELD = ("bill-held", 409, "The bill belongs to a held slot: pay that")
    BILL_HAS_PAYMENTS = ("bill-has-payments", 409, "Money was paid on this bill, or is on its way")
    AMOUNT_EXCEEDS_DUE = ("amount-exceeds-due", 409, "This is more than is due")
    PAYMENT_NOT_COMPLETED = ("payment-not-completed", 409, "No money came in by this payment")
    REFUND_EXCEEDS_PAYMENT = ("refund-exceeds-payment", 409, "This is more than came in")
    SAGA_NOT_PARKED = ("saga-not-parked", 409, "The process waits for no decision")
    SAGA_CLOSED = ("saga-closed", 409, "The process has ended")
    PAST_THE_PIVOT = ("past-the-pivot", 409, "It is decided: nothing can be undone any more")
    NOTHING_TO_RETRY = ("nothing-to-retry", 409, "No attempt is waiting")
    HOLD_EXPIRED = ("hold-expired", 410, "The slot was held too long without payment")
    VERSION_MISMATCH = ("version-mismatch", 412, "Somebody changed it meanwhile")
    BODY_TOO_LARGE = ("body-too-large", 413, "The body is too large")
    QUERY_TOO_LONG = ("query-too-long", 414, "The query is too long")
    NOT_JSON = ("not-json", 415, "The body must be application/json")
    VALIDATION_FAILED = ("validation-failed", 422, "Some fields are not acceptable")
    UNKNOWN_FILTER = ("unknown-filter", 422, "There is no such filter or order")
    BAD_CURSOR = ("bad-cursor", 422, "The cursor belongs to another list")
    RANGE_TOO_LONG = ("range-too-long", 422, "The time between from and to is too long")
    UNKNOWN_REFERENCE = ("unknown-reference", 422, "Something that was named is not there")
    KEY_REUSED = ("idempotency-key-reused", 422, "The key was sent before with another request")
    WEAK_PASSWORD = ("weak-password", 422, "The password is too easy to guess")
    CARD_NUMBER_REFUSED = ("card-number-refused", 422, "Card numbers must not be sent to us")
    LEAD_TIME = ("lead-time", 422, "The visit begins too soon to be booked")
    SLOT_NOT_OFFERED = ("slot-not-offered", 422, "The doctor offers no such slot")
    PATIENT_INACTIVE = ("patient-inactive", 422, "The patient's record is closed")
    DOCTOR_UNAVAILABLE = ("doctor-unavailable", 422, "The doctor takes no bookings")
    DEPARTMENT_MISMATCH = ("department-mismatch", 422, "The doctor works in another department")
    SCHEDULE_OVERLAPS = ("schedule-overlaps", 422, "Two ranges of a day overlap")
    TEMPLATE_INVALID = ("template-invalid", 422, "The template can't be used")
    TEMPLATE_INACTIVE = ("template-inactive", 422, "The template is not in use")
    IF_MATCH_REQUIRED = ("if-match-required", 428, "This change needs an If-Match")
    TOO_MANY_REQUESTS = ("too-many-requests", 429, "Too many requests")
    TOO_MANY_LOGINS = ("too-many-logins", 429, "Too many tries failed: wait a little")
    HEADERS_TOO_LARGE = ("headers-too-large", 431, "The headers are too large")
    INTERNAL_ERROR = ("internal-error", 500, "Something went wrong here")
    PROCESS_FAILED = ("process-failed", 500, "The process failed; nothing of it remains")
    UNAVAILABLE = ("unavailable", 503, "A part of the system can't be reached")
    WORKER_UNAVAILABLE = ("worker-unavailable", 503, "Nobody answers for this process now")

    def __init__(self, text: str, status: int, title: str) -> None:
        self.text = text
        self.status = status
        self.title = title

    @classmethod
    def named(cls, text: str | None) -> "Code | None":
        return BY_TEXT.get(text or "")

    @property
    def is_retryable(self) -> bool:
        """Whether the same request, under the same key, may do better later."""
        return self.status in RETRYABLE or self in {Code.INTERNAL_ERROR, Code.APPOINTMENT_BUSY}


BY_TEXT = {code.text: code for code in Code}
RETRYABLE = {429, 503}

DETAILS: Mapping[Code, str] = {
    Code.SLOT_TAKEN: "Another visit was booked for this time. Nothing was charged.",
    Code.PAYMENT_DECLINED: "The card was declined. Nothing was charged.",
    Code.HOLD_EXPIRED: "The slot is free again. Money that still arrives is given back by itself.",
    Code.INTERNAL_ERROR: f"Nobody knows whether it was done: send the same key again. {STAFF}",
    Code.PROCESS_FAILED: f"Everything that was done is taken back. {STAFF}",
    Code.UNAVAILABLE: "Nobody knows whether it was done: the same key is safe to send again.",
    Code.UNKNOWN_REFERENCE: "What the request names is not there, or not for this account.",
}
"""What is said beside the title; other problems say their title only."""


REFUSED_FIELDS = {
    "amount": "Nobody can pay this amount.",
    "currency": "The bill is in another currency.",
    "slot_start": "The visit begins then already.",
}
"""What a service found wrong with a field whose form is right."""


def field_error(code: Code, field: str) -> dict[str, str]:
    detail = REFUSED_FIELDS.get(field) if code is Code.VALIDATION_FAILED else None
    return {"pointer": f"/{field}", "code": code.text, "detail": detail or f"{code.title}."}


class Problem(Exception):
    """An answer that is no success. `more` are members beside those of the standard."""

    def __init__(
        self,
        code: Code,
        *,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - members of a JSON object
    ) -> None:
        super().__init__(code.text)
        self.code = code
        self.detail = detail or DETAILS.get(code) or f"{code.title}."
        self.headers = dict(headers or {})
        if code.status in RETRYABLE:
            self.headers.setdefault("Retry-After", "1")
        self.more = more

    @classmethod
    def unknown(cls, field: str) -> "Problem":
        """Say that a named thing is not there, or not for this caller: never which of the two."""
        return cls(Code.UNKNOWN_REFERENCE, errors=[field_error(Code.UNKNOWN_REFERENCE, field)])

    def body(self, public_url: str, instance: str) -> dict[str, Any]:
        return {
            "type": f"{public_url}/problems/{self.code.text}",
            "title": self.code.title,
            "status": self.code.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code.text,
            "correlation_id": correlation_id.get(),
            "retryable": self.code.is_retryable,
            **self.more,
        }


def rendered(problem: Problem, public_url: str, instance: str) -> JSONResponse:
    return JSONResponse(
        problem.body(public_url, instance),
        status_code=problem.code.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def markdown() -> str:
    """Write `docs/problems.md`: every code, as the API explains it."""
    rows = [
        f"| {code.status} | `{code.text}` | {code.title} | {'yes' if code.is_retryable else 'no'} |"
        for code in Code
    ]
    head = "# Problems\n\nWritten by `hms problems`; do not edit.\n\n"
    return (
        head + "| status | code | title | retryable |\n| --- | --- | --- | --- |\n"
    ) + "\n".join([*rows, ""])
