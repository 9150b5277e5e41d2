"""Broadcasts: a text frozen for many, its fan-out to recipients, and quiet hours."""
