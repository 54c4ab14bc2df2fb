"""How the system is deployed, and the outside world it meets there."""
