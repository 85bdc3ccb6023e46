"""A drill's own hands: what stands in for others, how sites are asked, and who takes things away."""
