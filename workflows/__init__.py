"""The use-cases: deterministic code only."""
