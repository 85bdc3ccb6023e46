"""The public site: pages, JSON, feeds, calendar and badges of what the public may see."""
