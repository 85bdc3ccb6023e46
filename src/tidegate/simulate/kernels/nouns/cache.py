"""Caches before the calls of a service."""

from __future__ import annotations

from tidegate.simulate.kernels.row import Column, Row, parameter, state


class Cache(Row):
    """A cache."""

    filled_count: Column = state("Keys it holds now; lowered for the beginning.")
    keys_count: Column = parameter("Keys it holds when it is warm.")
    hit_ppm: Column = parameter("The share of calls it answers when it is warm.")
    is_aside: Column = parameter("1: the caller fills it; 0: the service behind it does.")
