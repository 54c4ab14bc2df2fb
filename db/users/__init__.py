"""The database hms_users."""
