"""What `hms` can do beyond running a process: one file per command."""
