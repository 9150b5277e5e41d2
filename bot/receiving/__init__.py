"""What comes in: webhooks, polling, and other people's alerts."""
