"""The tables of `hms_billing`."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from db.base import (
    changes_of,
    chosen,
    created_at,
    currency,
    guarded,
    moment,
    money,
    stamps,
    tables,
    trace,
    version,
)

metadata = tables()
guarded(metadata)

ZERO = text("0")

bills = Table(
    "bills",
    metadata,
    Column("bill_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("patient_id", Uuid, nullable=False),
    Column("appointment_id", Uuid, index=True),
    currency(),
    money("amount"),
    money("tax_amount", server_default=ZERO),
    Column("total_amount", Numeric(12, 2), Computed("amount + tax_amount", persisted=True)),
    money("credited_amount", server_default=ZERO),
    money("reserved_amount", server_default=ZERO),
    money("paid_amount", server_default=ZERO),
    money("refunded_amount", server_default=ZERO),
    Column(
        "balance",
        Numeric(12, 2),
        Computed(
            "amount + tax_amount - credited_amount - paid_amount + refunded_amount", persisted=True
        ),
    ),
    *chosen(
        "status",
        *("OPEN", "PARTIALLY_PAID", "PAID", "VOID", "PARTIALLY_REFUNDED", "REFUNDED"),
        server_default="OPEN",
    ),
    *chosen("payment_type", "CARD", "CASH", "BANK_TRANSFER", "INSURANCE", nullable=True),
    Column("due_date", Date, nullable=False),
    Column("notes", String(2000)),
    # The payment that a held slot waits for.
    Column("reserved_for", Uuid),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint(
        "amount >= 0 AND tax_amount >= 0"
        " AND credited_amount BETWEEN 0 AND total_amount"
        " AND refunded_amount BETWEEN 0 AND paid_amount"
        " AND reserved_amount >= 0 AND paid_amount + reserved_amount <= total_amount"
        " AND (status <> 'VOID' OR reserved_amount = 0)",
        name="bill_bounds",
    ),
    CheckConstraint(
        "status = CASE"
        " WHEN refunded_amount > 0 THEN CASE"
        " WHEN refunded_amount = paid_amount THEN 'REFUNDED' ELSE 'PARTIALLY_REFUNDED' END"
        " WHEN balance <= 0 THEN CASE"
        " WHEN paid_amount = 0 AND credited_amount > 0 THEN 'VOID' ELSE 'PAID' END"
        " WHEN paid_amount > 0 THEN 'PARTIALLY_PAID' ELSE 'OPEN' END",
        name="bill_status",
    ),
    Index(
        "one_live_bill", "appointment_id", unique=True, postgresql_where=text("status <> 'VOID'")
    ),
    Index(None, "due_date", postgresql_where=text("status IN ('OPEN', 'PARTIALLY_PAID')")),
)
Index(None, bills.c.patient_id, bills.c.created_at.desc())

changes_of(metadata, "bill")

bill_line_items = Table(
    "bill_line_items",
    metadata,
    Column("line_item_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, ForeignKey("app.bills.bill_id"), nullable=False),
    Column("line_no", SmallInteger, nullable=False),
    *chosen("kind", "CONSULTATION", "PROCEDURE", "MEDICATION", "OTHER"),
    Column("description", String(300), nullable=False),
    Column("quantity", Numeric(10, 2), nullable=False, server_default=text("1")),
    money("unit_price"),
    # The currency's own digits: a line is rounded to what can be paid.
    Column("minor", SmallInteger, nullable=False, server_default=text("2")),
    money("line_total"),
    Column("tax_rate", Numeric(5, 4), nullable=False, server_default=ZERO),
    money("line_tax", server_default=ZERO),
    created_at(),
    UniqueConstraint("bill_id", "line_no"),
    CheckConstraint("quantity > 0 AND unit_price >= 0", name="line_positive"),
    CheckConstraint("minor BETWEEN 0 AND 2", name="line_minor"),
    CheckConstraint("tax_rate BETWEEN 0 AND 1", name="line_tax_rate"),
    # round() of a numeric is half-up for what is not negative.
    CheckConstraint("line_total = round(quantity * unit_price, minor)", name="line_sum"),
    CheckConstraint("line_tax = round(line_total * tax_rate, minor)", name="line_tax_sum"),
)

bill_adjustments = Table(
    "bill_adjustments",
    metadata,
    Column("adjustment_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, ForeignKey("app.bills.bill_id"), nullable=False, index=True),
    *chosen(
        "kind",
        *("CANCELLATION", "NO_SHOW", "WAIVER", "PRICE_DROP", "DISPUTE", "GOODWILL", "VOID"),
    ),
    money("amount", server_default=ZERO),
    money("fee_kept", server_default=ZERO),
    Column("reason", String(500), nullable=False),
    moment("accepted_at", nullable=False),
    Column("decided_by", Uuid),
    Column("workflow_id", String(255), nullable=False),
    Column("correlation_id", String(128)),
    created_at(),
    CheckConstraint(
        "amount >= 0 AND fee_kept >= 0 AND amount + fee_kept > 0", name="adjustment_positive"
    ),
)

settlements = Table(
    "settlements",
    metadata,
    # The payment's or the refund's id.
    Column("settlement_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, ForeignKey("app.bills.bill_id"), nullable=False, index=True),
    *chosen("kind", "PAYMENT", "REFUND"),
    money("amount"),
    *chosen("state", "RESERVED", "APPLIED", "RELEASED"),
    # Of a refund: the payment that brought the money.
    Column("payment_id", Uuid, ForeignKey("app.settlements.settlement_id"), index=True),
    # The newest payment goes back first; one that was reserved early may be captured late.
    moment("applied_at"),
    *stamps(),
    *trace(),
    CheckConstraint("amount > 0", name="settlement_positive"),
    CheckConstraint("(kind = 'REFUND') = (payment_id IS NOT NULL)", name="refund_of_payment"),
    CheckConstraint("(state = 'APPLIED') = (applied_at IS NOT NULL)", name="applied_at_known"),
)
