"""Accounts of the console: roles, sessions, one-time links."""
