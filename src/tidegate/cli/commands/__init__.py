"""The commands, one file a verb; importing this registers them all."""

from tidegate.cli.commands import audit, catalogue, check, explain, headroom, rehearse, simulate, world_file

__all__ = ["audit", "catalogue", "check", "explain", "headroom", "rehearse", "simulate", "world_file"]
