"""Doctors, their hours, and what may be booked of them."""
