"""How do the world's own words reach us? Requests to other machines, guarded and bounded."""
