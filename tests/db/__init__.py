"""What the databases guard by themselves."""
