"""Who may ask, and where? One row a contract."""

from __future__ import annotations

from tidegate.gate.live.callers.plain import Plain
from tidegate.gate.live.message import Caller


def callers() -> tuple[tuple[str, Caller], ...]:
    """Return each contract with its path."""
    plain: Caller = Plain()
    return (("/check", plain),)
