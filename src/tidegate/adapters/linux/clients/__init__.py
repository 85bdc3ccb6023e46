"""The clients of a rehearsal, for real: who wants what and when, over which connection, tried how often."""
