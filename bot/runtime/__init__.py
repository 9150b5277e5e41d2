"""The ground of every process: settings, keys, log, metrics, and the connections to database, Redis and the network."""
