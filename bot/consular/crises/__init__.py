"""Crises: opening and closing them, check-ins, the board and cases."""
