"""The console: a wing for each kind of work, and the table of its screens."""
