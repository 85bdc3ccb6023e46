"""What a multiplication says before anything is run: what is asked of each place, what exceeds it."""
