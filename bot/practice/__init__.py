"""Practice: made-up people, and conversations on a throw-away database."""
