"""People: facts about them, search, merging of records, tags and reply links."""
