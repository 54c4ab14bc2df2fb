"""What the system costs, as ratios."""
