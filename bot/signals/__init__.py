"""Signals between processes over Redis: bells, paces and shares.

No other package knows Redis's commands.
"""
