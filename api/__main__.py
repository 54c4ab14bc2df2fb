"""`python -m api`: the HTTP door as a process."""

from api.main import main

main()
