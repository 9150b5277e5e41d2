"""The worker: bells in, work out."""
