"""What is wrong with the words of a command line, told as what is wrong with a file is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest, shown

_NUMBERS = {"int": (int, "a whole number"), "float": (float, "a number")}
"""How the types of options that take a number are called, what reads them, and what each is."""


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
    """Return that a value is none of its option's type; as the parser words it where it is another fault."""
    name = next((one for one in param.opts if one.startswith("--")), str(param.name).upper())
    value, kind = _typed(param.opts, words), param.type
    choices = getattr(kind, "choices", None)
    if choices is not None and value is not None:
        allowed = [str(getattr(one, "value", one)) for one in choices]
        what = "is not one of the words for this"
        return Fault(
            path=name,
            what=what,
            value=shown(value),
            allowed=", ".join(allowed),
            nearest=nearest(value, allowed),
        )
    numbers = next((one for said, one in _NUMBERS.items() if kind.name.startswith(said)), None)
    found = _of_number(name, value, numbers, kind) if numbers and value is not None else None
    return found or _bare(error)


def _of_number(name: str, value: str, numbers: tuple[type[int | float], str], kind: Any) -> Fault | None:
    """Return that a value is no number, or is out of bounds; None where it is neither."""
    read, said = numbers
    try:
        number = read(value)
    except ValueError:
        return Fault(path=name, what=f"is not {said}", value=shown(value), allowed=said)
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None and number < low:
        return Fault(path=name, what="is too small", value=shown(value), allowed=f"at least {low}")
    if high is not None and number > high:
        return Fault(path=name, what="is too large", value=shown(value), allowed=f"at most {high}")
    return None


def _typed(options: Sequence[str], words: Sequence[str]) -> str | None:
    """Return the last value that was typed for an option; None where it is not found."""
    found = None
    for i, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in options:
            found = value if equals else "".join(words[i + 1 : i + 2])
    return found
