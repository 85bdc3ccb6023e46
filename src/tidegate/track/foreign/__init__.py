"""Histories that other tools kept, as records."""
