"""Changes that need two people: one proposes, a second approves, and only then they happen."""
