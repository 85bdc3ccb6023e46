"""What was measured while something happened, and whether it held: series of numbers, wherever they come from."""
