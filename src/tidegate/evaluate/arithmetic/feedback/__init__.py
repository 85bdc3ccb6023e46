"""Which loops could keep a world down, and how strongly does each feed itself? Sums; nothing is run."""
