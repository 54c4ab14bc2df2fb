"""The database hms_notifications."""
