"""The database hms_analytics."""
