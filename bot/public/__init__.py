"""Pages and documents that need no account: feeds, health, reply links."""
