"""Text to world and back: reading, faults, overlays, writing and the schema."""
