"""What a text says of whom: clauses, subjects, matters, and the roles of places.

Both readers use these modules, and both know the same phrases: `statements.txt`.
"""
