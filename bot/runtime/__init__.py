"""The ground of every process: settings, keys, log, metrics, clock, and its connections."""
