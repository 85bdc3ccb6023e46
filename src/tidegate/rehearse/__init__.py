"""Rehearse: a world scaled onto one machine, what was measured there, and how far it was predicted."""
