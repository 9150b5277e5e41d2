"""Pages: one request for a page, its language and clock, and the templates of every wing."""
