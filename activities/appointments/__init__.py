"""Visits and the slots that they take."""
