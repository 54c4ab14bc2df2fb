"""Files and peers that are deployed."""
