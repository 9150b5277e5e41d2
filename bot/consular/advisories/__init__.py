"""Advisories, from the first draft to the last receipt."""
