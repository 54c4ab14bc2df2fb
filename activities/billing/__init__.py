"""What a visit costs, and what is still owed."""
