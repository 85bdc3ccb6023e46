"""The commands, one file a verb; importing one registers it."""
