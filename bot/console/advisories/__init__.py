"""Screens of advisories, from writing to results."""
