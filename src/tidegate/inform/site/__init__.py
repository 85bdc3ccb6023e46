"""The public site: what it may say, to whom, and how long that may be believed."""
