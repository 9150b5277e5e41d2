"""Screens of crises, the board and cases."""
