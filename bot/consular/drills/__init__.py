"""Drills: invented people play a scenario in a crisis that is an exercise."""
