"""One turn of a conversation, and the understanding before it."""
