"""Reference data that staff and the project keep: places, borders, time zones, posts and prices."""
