"""How fast Tammen is, measured on real processes, beside what the machine and a peer can do in the same run."""
