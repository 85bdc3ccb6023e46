"""A rehearsal in words, as JSON and drawn: what was predicted, and what was measured."""
