"""Channels: verify, parse, send. A channel knows no database: it gets credentials and a client."""
