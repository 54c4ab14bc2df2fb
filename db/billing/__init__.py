"""The database hms_billing."""
