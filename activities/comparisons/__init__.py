"""What must agree between databases: pure, for no query reads two of them.

Each comparison takes facts of the services that they tell themselves, and yields what is wrong.
"""
