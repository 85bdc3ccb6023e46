"""A rehearsed outage of the tooling itself: what is cut, what was measured meanwhile, and whether it held."""
