"""A verdict in words: the answer, why, what is not known, and what to do; the same for every reader."""
