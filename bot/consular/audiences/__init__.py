"""Audiences: rules, the areas and standings they speak of, and their reach."""
