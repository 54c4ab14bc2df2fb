"""Stand-ins of the outside world. They know nothing of the hospital, as the real ones do."""
