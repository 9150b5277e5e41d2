"""Surveys: who comes to an event, and short questions in chat that one tap answers."""
