"""The database hms_patients."""
