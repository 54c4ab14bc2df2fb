"""A payment gateway in Stripe's wire format, with the bad days of a real one on demand."""
