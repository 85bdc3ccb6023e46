"""What the searches found, in words and as data: headroom, curves, ramps, maps, comparisons and ways out."""
