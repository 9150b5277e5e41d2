"""Screens of posts, prices and the audit trail."""
