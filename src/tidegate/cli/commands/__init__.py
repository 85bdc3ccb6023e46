"""The commands, one file a verb; importing this registers them all."""

from tidegate.cli.commands import (
    adopt,
    audit,
    calibrate,
    catalogue,
    check,
    demo,
    escape,
    explain,
    headroom,
    outage,
    probe,
    protect,
    ramp,
    rehearse,
    simulate,
    world_file,
)

__all__ = [
    "adopt",
    "audit",
    "calibrate",
    "catalogue",
    "check",
    "demo",
    "escape",
    "explain",
    "headroom",
    "outage",
    "probe",
    "protect",
    "ramp",
    "rehearse",
    "simulate",
    "world_file",
]
