"""The services: what each promises, how it is asked, what its rules are."""
