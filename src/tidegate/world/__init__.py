"""The nouns of a world, and the text they are read from."""
