"""The work itself: people, crises, check-ins, cases, advisories, staff.

Console, flows and commands call the same.

Every function works inside the caller's transaction and never commits; times are passed in, aware
and in UTC.
"""
