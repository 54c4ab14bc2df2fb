"""Payment methods, and what becomes of a payment with each of them."""

from deploy.peers.payments.refusals import Decline

GENERIC = Decline(
    code="card_declined", decline_code="generic_decline", message="Your card was declined."
)
DECLINES = {
    "pm_card_visa_chargeDeclined": GENERIC,
    "pm_card_chargeCustomerFail": GENERIC,
    "pm_card_visa_chargeDeclinedInsufficientFunds": Decline(
        code="card_declined",
        decline_code="insufficient_funds",
        message="Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedExpiredCard": Decline(
        code="expired_card", decline_code="expired_card", message="Your card has expired."
    ),
}
NOT_AUTHENTICATED = Decline(
    code="payment_intent_authentication_failure",
    decline_code="authentication_not_handled",
    message="The provided payment method has failed authentication.",
)

WANTS_AUTHENTICATION = "pm_card_authenticationRequired"
LOSES_ANSWERS = "pm_sandbox_timeoutAfterCharge"
BREAKS_ONCE = "pm_sandbox_500ThenOk"
DECLINES_AT_CAPTURE = "pm_sandbox_declineAtCapture"
REFUNDS_LATER = "pm_sandbox_refundPending"
NEVER_REFUNDS = "pm_sandbox_refundFails"

KNOWN = {
    *DECLINES,
    "pm_card_visa",
    "pm_card_visa_debit",
    "pm_card_mastercard",
    "pm_card_amex",
    WANTS_AUTHENTICATION,
    LOSES_ANSWERS,
    BREAKS_ONCE,
    DECLINES_AT_CAPTURE,
    REFUNDS_LATER,
    NEVER_REFUNDS,
}
