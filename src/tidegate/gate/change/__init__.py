"""What is about to change, whoever says so: sizes, replacements, and what the world knows of them."""
