"""What was measured while something happened, and whether it held."""
