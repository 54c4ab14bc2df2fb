"""The processes, and every way in which they can break."""
