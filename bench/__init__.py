"""The speed of Tammen on real processes, beside the machine's and a peer's in the same run."""
