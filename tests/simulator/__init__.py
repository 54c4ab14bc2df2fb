"""A hospital in virtual time: many processes at once, and whatever may go wrong with them.

One thread, one heap, one source of chance: a seed plays the same way each time, everywhere.
"""
