"""Accounts, tokens, and the records of what was asked."""
