"""Histories of real processes, replayed on every run."""
