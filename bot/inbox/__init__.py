"""Rows for what people sent."""
