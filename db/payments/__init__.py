"""The database hms_payments."""
