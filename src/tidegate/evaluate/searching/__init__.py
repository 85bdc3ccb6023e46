"""Many verdicts to find one answer: how far, how fast, where it tips, which is better, and the way out."""
