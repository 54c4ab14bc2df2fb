"""Money taken and given back, through the gateway."""
