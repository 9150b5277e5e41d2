"""Screens of signing in and of accounts."""
