"""The command line, a module per area.

Each command is a function of its module's Typer application.
"""
