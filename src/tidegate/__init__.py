"""Know before you scale, protect the path, see it when blind, tell people while it is down."""

__version__ = "0.1.0"
