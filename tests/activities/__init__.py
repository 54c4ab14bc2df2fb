"""Each service on its own real database."""
