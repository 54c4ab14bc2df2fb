"""Pages for people, made of our own files alone."""
