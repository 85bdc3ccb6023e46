"""What does a size of a resource do? It is asked for, kept at least, or allowed."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a size does."""

    NOW = "now"
    """So many are asked for."""
    LEAST = "least"
    MOST = "most"
    """A scaler may go so far."""
