"""Worlds, manifests and reports on disk."""
