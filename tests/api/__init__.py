"""The HTTP door in process."""
