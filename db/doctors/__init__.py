"""The database hms_doctors."""
