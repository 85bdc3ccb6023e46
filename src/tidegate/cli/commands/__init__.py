"""The commands, one file a verb; importing this registers them all."""

from tidegate.cli.commands import catalogue, check, simulate, world_file

__all__ = ["catalogue", "check", "simulate", "world_file"]
