"""A cluster's API server: how it is reached, what it is asked, and how its objects are followed."""
