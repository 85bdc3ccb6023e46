"""Which limits of a device are known? Those that the catalogue has from what is published of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.catalogue.entries import devices
from tidegate.world.file.quantity import parse_quantity


@dataclass(frozen=True, kw_only=True)
class Published:
    """A limit of a device.

    Parameters
    ----------
    low, high
        Its ends; equal where the device has one value, whatever machine it runs on.
    """

    low: float
    high: float


def published(device: str, path: str) -> Published | None:
    """Return a limit of a device by its path in a crossing; None where the catalogue has it not published."""
    here: object = devices().get(device)
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    if not isinstance(here, Mapping) or here.get("basis") != "published":
        return None
    unit = "per_s" if path == "setup" else "count"
    low, high = (parse_quantity(str(here[end]), unit) for end in ("low", "high"))
    return Published(low=low, high=high)
