"""Messages to patients, doctors and staff."""
