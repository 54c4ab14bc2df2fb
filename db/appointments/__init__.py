"""The database hms_appointments."""
