"""Which modules of commands does a command line need? Those of its first word; else all.

A command hangs on the command line as soon as its module is loaded, and to load all takes longer than most
commands. Where all are wanted (help, completion, a word that is mistyped) all are loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from tidegate.cli.app import app

_OWN = (
    "account", "adopt", "audit", "backtest", "backup", "calibrate", "case", "catalogue", "check", "compare",
    "decisions", "demo", "discover", "doctor", "drill", "escape", "explain", "fit", "headroom", "notify",
    "probe", "protect", "publish", "ramp", "record", "rehearse", "replay", "serve", "simulate", "site",
    "watch",
)  # fmt: skip
MODULES = {
    **{name: (name,) for name in _OWN},
    "gate": ("gate", "gate_manifests"),
    "init": ("world_file",),
    "journal": ("backup",),
    "map": ("survey",),
    "outage": ("outage", "outage_import"),
    "schema": ("world_file",),
}
"""The modules that commands stand in, by their first word."""


def register(words: Sequence[str] = ()) -> None:
    """Hang on the command line what is named by what was typed, or everything.

    Parameters
    ----------
    words
        What was typed after the program's name.
    """
    needed = MODULES.get(words[0]) if words else None
    if needed is None:
        needed = tuple(sorted({name for names in MODULES.values() for name in names}))
    for name in needed:
        import_module(f"tidegate.cli.commands.{name}")
    # In the order of their modules, whatever was loaded before.
    app.registered_commands.sort(key=lambda one: getattr(one.callback, "__module__", ""))
