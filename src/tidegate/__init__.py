"""Know before you scale, protect the path, see it when blind, tell people while it is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.api import check, load

__version__ = "0.1.0"
__all__ = ["__version__", "check", "load"]


def __getattr__(name: str) -> object:
    """Load the verbs only when one is asked for, so that importing the package stays light."""
    if name in {"check", "load"}:
        from tidegate import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name the verbs as well, for completion."""
    return sorted({*globals(), *__all__})
