"""Parts that several wings of the console show."""
