"""Who is treated here."""
