"""The rights of people: export, erasure and retention."""
