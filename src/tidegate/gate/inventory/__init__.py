"""What stands, as its owners list it: a cluster, a cloud, a state, metrics; joined into one world."""
