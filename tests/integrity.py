"""What must be true of all databases and the gateway together, whenever nothing is under way.

Each check says what is wrong, or nothing. No query reads two databases: rows meet here.
"""

from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

Row = Mapping[str, Any]


class Rows(Protocol):
    """Reads one database."""

    def __call__(self, service: str, query: str) -> Awaitable[Sequence[Row]]: ...


class Account(Protocol):
    """A payment in the books of the gateway."""

    @property
    def id(self) -> str: ...
    @property
    def payment_id(self) -> str: ...
    @property
    def authorised(self) -> int: ...
    @property
    def captured(self) -> int: ...
    @property
    def net(self) -> Decimal: ...


LIVE = "('HELD', 'BOOKED', 'CHECKED_IN')"

OVERLAPS = f"""
    SELECT a.appointment_id, b.appointment_id AS other
    FROM app.appointments a JOIN app.appointments b
      ON a.appointment_id < b.appointment_id AND a.slot && b.slot AND a.visit_id <> b.visit_id
     AND (a.patient_id = b.patient_id OR a.doctor_id = b.doctor_id
          AND a.overbook_reason IS NULL AND b.overbook_reason IS NULL)
    WHERE a.status IN {LIVE} AND b.status IN {LIVE}
"""  # noqa: S608 - a constant of ours
BROKEN_HISTORIES = """
    SELECT a.{entity}_id AS id FROM app.{table} a LEFT JOIN LATERAL (
      SELECT count(*) AS moves, count(*) FILTER (WHERE from_status <> before) AS gaps,
             max(to_status) FILTER (WHERE is_last) AS last
      FROM (SELECT *, lag(to_status, 1, '') OVER by_version AS before,
                   lead(version) OVER by_version IS NULL AS is_last
            FROM app.{entity}_changes c WHERE c.{entity}_id = a.{entity}_id
            WINDOW by_version AS (ORDER BY version)) h) h ON true
    WHERE h.moves = 0 OR h.gaps > 0 OR h.last IS DISTINCT FROM a.status
"""
STALE = """
    SELECT appointment_id, status, changed_by FROM app.appointments
    WHERE changed_by IS NOT NULL OR status = 'HELD'
"""
VISITS = """
    SELECT appointment_id FROM app.appointments a
    WHERE EXISTS (SELECT FROM app.appointment_changes c
                  WHERE c.appointment_id = a.appointment_id AND to_status = 'BOOKED')
"""
BILLS = """
    SELECT b.bill_id, b.appointment_id, b.status, b.balance, b.reserved_amount,
           b.paid_amount - b.refunded_amount AS net,
           (b.amount, b.tax_amount, b.credited_amount, b.paid_amount, b.reserved_amount,
            b.refunded_amount) IS DISTINCT FROM
           (coalesce(l.net, 0), coalesce(l.tax, 0), coalesce(j.credited, 0), coalesce(t.paid, 0),
            coalesce(t.reserved, 0), coalesce(t.refunded, 0)) AS differs
    FROM app.bills b
    LEFT JOIN (SELECT bill_id, sum(line_total) AS net, sum(line_tax) AS tax
               FROM app.bill_line_items GROUP BY bill_id) l USING (bill_id)
    LEFT JOIN (SELECT bill_id, sum(amount) AS credited
               FROM app.bill_adjustments GROUP BY bill_id) j USING (bill_id)
    LEFT JOIN (SELECT bill_id,
                 sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'APPLIED') AS paid,
                 sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'RESERVED') AS reserved,
                 sum(amount) FILTER (WHERE kind = 'REFUND' AND state = 'APPLIED') AS refunded
               FROM app.settlements GROUP BY bill_id) t USING (bill_id)
"""
PAYMENTS = """
    SELECT p.payment_id, p.bill_id, p.status, p.reference,
           p.captured_amount - coalesce(r.done, 0) AS net,
           p.refunded_amount <> coalesce(r.asked, 0)
           OR coalesce(r.asked, 0) > p.captured_amount AS differs
    FROM app.payments p LEFT JOIN (
      SELECT payment_id, sum(amount) FILTER (WHERE status <> 'FAILED') AS asked,
             sum(amount) FILTER (WHERE status = 'COMPLETED') AS done
      FROM app.refunds GROUP BY payment_id) r USING (payment_id)
"""
MISSED_DEADLOCKS = "SELECT datname, deadlocks FROM pg_stat_database WHERE deadlocks > 0"
HISTORIES = (
    ("appointments", "appointment", "appointments"),
    ("billing", "bill", "bills"),
    ("payments", "payment", "payments"),
    ("payments", "refund", "refunds"),
    ("notifications", "notification", "notifications"),
)


async def violations(rows: Rows, accounts: Sequence[Account]) -> list[str]:
    """Say everything that is wrong: nothing, when all is as it must be."""
    visits = await rows("appointments", VISITS)
    bills, payments = await rows("billing", BILLS), await rows("payments", PAYMENTS)
    wrong = [
        *(f"they overlap: {row}" for row in await rows("appointments", OVERLAPS)),
        *(f"it is left behind: {row}" for row in await rows("appointments", STALE)),
        *(f"a deadlock: {row}" for row in await rows("appointments", MISSED_DEADLOCKS)),
        *wrong_bills(visits, bills),
        *books_that_differ(bills, payments, accounts),
    ]
    for service, entity, table in HISTORIES:
        broken = await rows(service, BROKEN_HISTORIES.format(entity=entity, table=table))
        wrong += [f"its history is another: {entity} {row['id']}" for row in broken]
    return wrong


def wrong_bills(visits: Sequence[Row], bills: Sequence[Row]) -> Iterator[str]:
    """Look for visits without exactly one live bill, and for bills that do not add up."""
    live = Counter(bill["appointment_id"] for bill in bills if bill["status"] != "VOID")
    for visit in visits:
        if live[visit["appointment_id"]] != 1:
            yield f"{visit['appointment_id']} has {live[visit['appointment_id']]} live bills"
    for bill in bills:
        if bill["differs"]:
            yield f"bill {bill['bill_id']} is not the sum of its lines"
        if bill["balance"] < 0 or bill["reserved_amount"]:
            yield f"bill {bill['bill_id']} is overpaid, or something stays reserved"


def books_that_differ(
    bills: Sequence[Row], payments: Sequence[Row], accounts: Sequence[Account]
) -> Iterator[str]:
    """Compare the three books to the cent, and look for money that nobody waits for."""
    yield from wrong_accounts(payments, accounts)
    yield from wrong_payments(payments, {one.payment_id for one in accounts if one.captured})
    net_of: Counter[Any] = Counter()
    for payment in payments:
        net_of[payment["bill_id"]] += payment["net"]
    for bill in bills:
        if bill["net"] != net_of[bill["bill_id"]]:
            yield f"{bill['net']} on bill {bill['bill_id']}, {net_of[bill['bill_id']]} in payments"


def wrong_accounts(payments: Sequence[Row], accounts: Sequence[Account]) -> Iterator[str]:
    """Look for what the gateway has and we have not, or otherwise."""
    ours = {str(payment["payment_id"]): payment for payment in payments}
    for payment_id, times in Counter(account.payment_id for account in accounts).items():
        if times > 1:
            yield f"payment {payment_id} is {times} at the gateway"
    for account in accounts:
        payment = ours.get(account.payment_id)
        if payment is None or payment["reference"] not in {None, account.id}:
            yield f"{account.id} at the gateway is not ours"
        elif account.net != payment["net"]:
            yield f"{account.net} at the gateway, {payment['net']} in payments: {account.id}"
        if account.authorised > account.captured:
            yield f"{account.id} is still reserved at the gateway"


def wrong_payments(payments: Sequence[Row], captured: set[str]) -> Iterator[str]:
    """Look for payments that have not ended, or that the gateway knows nothing of."""
    for payment in payments:
        if payment["differs"]:
            yield f"payment {payment['payment_id']} is not the sum of its refunds"
        if payment["status"] == "PENDING":
            yield f"payment {payment['payment_id']} is still pending"
        if payment["status"] == "COMPLETED" and str(payment["payment_id"]) not in captured:
            yield f"payment {payment['payment_id']} was captured here alone"
