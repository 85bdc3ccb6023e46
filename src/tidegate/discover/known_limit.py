"""Which limits of a device are known? Those that the catalogue has, published of it or guessed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.catalogue.entries import devices
from tidegate.world.file.quantity import parse_quantity


@dataclass(frozen=True, kw_only=True)
class KnownLimit:
    """A limit of a device.

    Parameters
    ----------
    low, high
        Its ends; equal where the device has one value, whatever machine it runs on.
    is_published
        Whether it is no guess.
    """

    low: float
    high: float
    is_published: bool


def known_limit(device: str, path: str) -> KnownLimit | None:
    """Return a limit of a device by its path in a crossing; None where the catalogue has none."""
    here: object = devices().get(device)
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    if not isinstance(here, Mapping):
        return None
    unit = "per_s" if path == "setup" else "count"
    low, high = (parse_quantity(str(here[end]), unit) for end in ("low", "high"))
    return KnownLimit(low=low, high=high, is_published=here["basis"] == "published")
