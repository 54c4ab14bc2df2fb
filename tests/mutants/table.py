"""All planted bugs."""

from tests.mutants.of_bills import OF_BILLS
from tests.mutants.of_doors import OF_DOORS
from tests.mutants.of_payments import OF_PAYMENTS
from tests.mutants.of_slots import OF_SLOTS
from tests.mutants.of_steps import OF_STEPS
from tests.mutants.of_visits import OF_VISITS

MUTANTS = (*OF_STEPS, *OF_SLOTS, *OF_VISITS, *OF_BILLS, *OF_PAYMENTS, *OF_DOORS)
FLOOR = 60
"""So many must have been caught, or the run proves nothing."""
