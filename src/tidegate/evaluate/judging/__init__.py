"""From runs to one verdict: the evidence, every rule that decides, and why it came so."""
