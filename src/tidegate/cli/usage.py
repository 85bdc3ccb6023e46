"""What is wrong with the words of a command line, told as what is wrong with a file is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest, shown

_ONE_OF = re.compile(r"(?:Value error, )?'(.*)' is not one of (.*?)\.?", re.DOTALL)
_BOUND = re.compile(r"Input should be (greater|less) than or equal to (\S+)")
_KINDS = {"valid integer": "a whole number", "valid number": "a number"}


def usage_error(error: Any, words: Sequence[str]) -> InputError:
    """Return the error of the parser of the command line as one of an input.

    Parameters
    ----------
    error
        What the parser raised.
    words
        What was typed, without the program's name.
    """
    option = getattr(error, "option_name", "")
    near = nearest(option, getattr(error, "possibilities", None) or ()) if option else ""
    if near:
        return InputError(Fault(what="no such option", kind="absent", value=option, nearest=near))
    param = getattr(error, "param", None)
    return InputError(_of_value(error, param, words) if param is not None else _bare(error))


def _bare(error: Any) -> Fault:
    return Fault(what=error.format_message().rstrip("."), kind="statement")


def _of_value(error: Any, param: Any, words: Sequence[str]) -> Fault:
    """Return that a value is none of its option's; as the parser words it where that is not known."""
    name = next((one for one in param.opts if one.startswith("--")), str(param.name).upper())
    value, message = _typed(param.opts, words), str(error.message)
    one_of, bound = _ONE_OF.fullmatch(message), _BOUND.search(message)
    if one_of:
        words_allowed = [word.strip("' ") for word in one_of[2].split(",")]
        what, value, allowed = "is not one of the words for this", one_of[1], ", ".join(words_allowed)
        return Fault(
            path=name, what=what, value=value, allowed=allowed, nearest=nearest(value, words_allowed)
        )
    if bound:
        is_low = bound[1] == "greater"
        what, allowed = ("is too small", "at least") if is_low else ("is too large", "at most")
        return Fault(path=name, what=what, value=value, allowed=f"{allowed} {bound[2]}")
    kind = next((kind for said, kind in _KINDS.items() if said in message), "")
    return Fault(path=name, what=f"is not {kind}", value=value, allowed=kind) if kind else _bare(error)


def _typed(options: Sequence[str], words: Sequence[str]) -> str:
    """Return the last value that was typed for an option; empty where it is not found."""
    found = ""
    for i, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            found = value if equals else "".join(words[i + 1 : i + 2])
    return shown(found)
