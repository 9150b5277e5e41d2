"""Screens of surveys: events to sign up for, and short questions."""
