"""The ways through a cancellation."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.billing.contract import Line, LineKind
from activities.contract import By
from activities.payments.contract import RefundStatus
from tests.examples import NOW, TOMORROW_NINE
from tests.outcomes import Sums
from tests.stage import Stage
from tests.workflows.given import (
    APPOINTMENT,
    HALF,
    Given,
    being_changed,
    checked_in,
    moved_late,
    open_bill,
    pounds,
)
from tests.workflows.paths import SECOND, Path
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow

PROCESS = f"cancel-{APPOINTMENT}-{UUID(int=15)}"
FREE, LATE = Sums(), Sums(fee=HALF)
TWO_HOURS_AHEAD = NOW + timedelta(hours=2)
"""Cancelled now, a visit that begins then costs half; a microsecond later, nothing."""
ECG = Line(
    kind=LineKind.PROCEDURE, description="ECG", unit_price=Decimal(20), tax_rate=Decimal("0.05")
)
FAILS = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.PENDING, RefundStatus.COMPLETED)


def cancel(
    name: str,
    row: str,
    *paid: str,
    sums: Sums = FREE,
    by: By = By.PATIENT,
    accept: str | None = None,
    **more: Any,  # noqa: ANN401 - of what was given, and of the path
) -> Path:
    fee = pounds(accept) if accept else None
    given = {key: more.pop(key) for key in GIVEN if key in more}
    return Path(
        f"cancel, {name}",
        row,
        CancelAppointmentWorkflow,
        Cancel(appointment_id=APPOINTMENT, by=by, reason="better", accept_fee=fee),
        PROCESS,
        APPOINTMENT,
        Given(paid=paid, **given),
        sums=sums,
        **({"is_alive": True} | more),
    )


GIVEN = ("start", "fee", "lines", "becomes", "has_bill", "method")


def late(name: str, row: str, *paid: str, **more: Any) -> Path:  # noqa: ANN401
    usual: dict[str, Any] = {"sums": LATE, "start": TWO_HOURS_AHEAD}
    return cancel(name, row, *paid, **(usual | more))


def the_bill_comes(stage: Stage) -> None:
    stage.after(20 * SECOND, lambda: open_bill(stage.world))


CANCELLATIONS = (
    cancel("unpaid", "O-21"),
    cancel(
        "unpaid, before its bill",
        "O-21",
        has_bill=False,
        when={"apply_cancellation": the_bill_comes},
    ),
    cancel("paid", "O-20", "105"),
    cancel("paid by two, as agreed", "O-20", "55", "50", accept="0.00", is_alive=False),
    cancel("part paid", "O-20", "30"),
    cancel("paid, the refund fails once", "O-20", "105", refunding=FAILS),
    cancel(
        "paid, a microsecond before it costs something",
        "O-20",
        "105",
        start=TWO_HOURS_AHEAD + timedelta(microseconds=1),
    ),
    late("late, unpaid", "O-23"),
    late("late, paid", "O-22", "105"),
    late("late, paid by two, as agreed", "O-22", "70", "35", accept="52.50"),
    late("late, paid with more on the bill", "O-22", "126", lines=(ECG,)),
    late(
        "late, a fee of a cent", "O-22", "0.01", fee=Decimal("0.01"), sums=Sums(fee=Decimal("0.01"))
    ),
    late("late, part paid below the fee", "O-24", "30"),
    late("late, part paid as the fee", "O-24", "52.50"),
    late("late, part paid above the fee", "O-24", "50", "30"),
    cancel("moved late before", "O-22", "105", sums=LATE, becomes=moved_late),
    late("by the hospital", "O-20", "105", sums=FREE, by=By.HOSPITAL),
    cancel(
        "by the hospital, checked in",
        "O-20",
        "105",
        by=By.HOSPITAL,
        becomes=checked_in,
        at=TOMORROW_NINE + SECOND,
    ),
    late("late, it costs more than agreed", "O-13", "105", accept="52.49"),
    cancel("after its start", "O-13", at=TOMORROW_NINE),
    cancel("while it is changed", "O-13", becomes=being_changed),
)
