"""Which vendors' validators can be asked on this machine? Each is handed a file, whatever it says of it."""

from __future__ import annotations

from tidegate.adapters.validators.vendors import VALIDATORS
from tidegate.protect.config_file import ConfigFile

_SUFFIX = " is not installed"


def missing_part(target: str) -> str:
    """Return the part that the validator of a target lacks; empty where it gives an answer."""
    file = ConfigFile(target=target, name="asked.json", text="{}\n")
    for said in VALIDATORS[target]([file]):
        if said.valid is None:
            return said.says.removesuffix(_SUFFIX)
    return ""
