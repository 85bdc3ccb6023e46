"""What JSON did a command line print? One document, or one clear error with its line."""

from __future__ import annotations

import json
from typing import Any

from tidegate.errors import Fault, InputError, Place


def read_printed(text: str, source: str, allowed: str) -> Any:
    """Return the document.

    Parameters
    ----------
    text, source
        It, and its name.
    allowed
        What may be given instead.

    Raises
    ------
    InputError
        If it is not JSON, or nested too deep.
    """
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        place = Place(source=source, line=getattr(error, "lineno", 0))
        raise InputError(Fault(what="is not JSON", allowed=allowed, place=place)) from None
