"""What the bench says is true, however slow the machine is."""
