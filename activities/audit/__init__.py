"""The record of who did what, chained by hashes."""
