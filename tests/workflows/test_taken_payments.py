"""What is promised to whoever pays a bill, told one by one; the law breaks all of it everywhere."""

from decimal import Decimal

from tests.stage import Stage
from tests.workflows.given import BILL
from tests.workflows.payments import pay
from tests.workflows.play import Play


def is_forgiven_a_part(stage: Stage) -> None:
    stage.world.billing.bills[BILL].credit("GOODWILL", Decimal(30))


def test_money_that_the_bill_does_not_ask_for_any_more_goes_back() -> None:
    play = Play(pay("forgiven meanwhile", "", when={"capture:a1": is_forgiven_a_part}))

    assert play.seen.refunds == ("COMPLETED",)
    assert play.seen.net == Decimal(75)
    assert "refunded" in play.seen.messages
