"""The phone page: two phones in the browser."""
