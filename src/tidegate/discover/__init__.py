"""A world from what was recorded: who asks what, how often, over how many connections."""
