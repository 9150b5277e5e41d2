"""Screens of other people's alerts."""
