"""The database hms_audit."""
