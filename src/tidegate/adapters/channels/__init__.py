"""How notices leave this machine: one file a channel, and the worker that sends what is owed."""
