"""The compiled event engine; the only place with numba."""
