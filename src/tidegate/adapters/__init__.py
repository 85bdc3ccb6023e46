"""Effects, by role: what reads and writes the world outside."""
