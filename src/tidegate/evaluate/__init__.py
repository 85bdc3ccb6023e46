"""From many runs to one verdict with its evidence."""
