"""Practice: synthetic people, and conversations on a throw-away database."""
