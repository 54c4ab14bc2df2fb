"""What `hms` says and sends, before a real API on loopback."""
