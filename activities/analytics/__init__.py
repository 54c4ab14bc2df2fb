"""One event per change."""
