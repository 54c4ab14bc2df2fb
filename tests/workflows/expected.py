"""Which row a process ends in, when a person skips a step of it."""

from tests.rows.words import CANCEL, MISS, MOVE, REFUND, WAIVE
from tests.workflows.paths import Path

UNDOS = {
    *("release_slot", "void_bill", "void", "drop_move", "release_payment", "release_refund"),
    *("drop_patient", "drop_doctor"),
}
DECIDING = {
    *("book_slot", "capture", "move", "cancel", "record_at_desk", "open_refund"),
    *("record_capture", "mark_no_show", "waive_no_show", "check_in", "complete_visit"),
    *("create_patient", "create_doctor", "set_week", "add_override", "withdraw_override"),
    *("set_department", "set_specialization", "record_event", "append"),
}
"""Pivots; or, where nothing was decided, the record of the end."""
PIVOTS_OF_ALL = DECIDING - {"move", "open_refund", "append"}
ON_A_BILL = {f"{saga}Workflow" for saga in (CANCEL, MISS, MOVE, REFUND, WAIVE)}


def is_skipped(path: Path, step: str) -> bool:
    """Tell what a person may skip, from what only makes sense to be tried again."""
    # Without it nobody knows the life that is to be begun.
    if step == "read_visit:booked":
        return False
    # There is a live bill, so nobody can write another.
    return step != "reopen_bill" or path.row == "O-06"


def skipped_to(path: Path, step: str, *, is_paid: bool) -> set[str]:
    """Tell the row; what a person did in the process's stead leads where it would have led."""
    name, saga = step.partition(":")[0], path.workflow.__name__
    if name in PIVOTS_OF_ALL:
        return {"O-08"}
    match name, saga:
        case "move", _:
            return {"O-07"} if is_paid else {"O-08"}
        case "confirm_slot", _:
            return {path.row if path.row in ("O-30", "O-34") else "O-07"}
        case "open_refund", "RefundPaymentWorkflow":
            return {"O-08"}
        case "open_refund" | "request_refund" | "settle_refund", _ if path.row != "O-07":
            return {"O-25"} if saga in ON_A_BILL else {path.row}
        case _:
            return {path.row}
