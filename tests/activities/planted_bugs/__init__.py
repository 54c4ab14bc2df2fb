"""Bugs of every kind as they show in rows, each with the check that must find it."""

from tests.activities.planted_bugs.money import MONEY
from tests.activities.planted_bugs.records import RECORDS
from tests.activities.planted_bugs.visits import VISITS

PLANTED = VISITS | MONEY | RECORDS
