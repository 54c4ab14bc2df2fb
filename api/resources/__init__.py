"""What clients send and see, one file per resource."""
