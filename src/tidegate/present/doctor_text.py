"""What this machine can do, as a table of words and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from tidegate.present.layout import plain, wrap
from tidegate.rehearse.ability import Ability

_WORDS = {True: "yes", False: "no"}
_INDENT = " " * 6


def doctor_text(machine: str, found: Sequence[Ability], *, width: int, unicode: bool) -> str:
    """Return one row for each ability: whether it is there, what it serves, what is missing.

    Parameters
    ----------
    machine
        What was looked at.
    found
        In the order they are shown.
    width
        Columns to write for.
    unicode
        Whether the reader shows more than ASCII.
    """
    lines = [*wrap(machine, width), ""]
    for one in found:
        notes = one.lacks or ((one.remark,) if one.remark else ())
        rows = [
            row for said in (f"{one.name} ({one.serves})", *notes) for row in wrap(said, width - len(_INDENT))
        ]
        lines.append(f"{_WORDS[not one.lacks]:<{len(_INDENT)}}{rows[0]}")
        lines += [f"{_INDENT}{row}" for row in rows[1:]]
    lacking = sum(bool(one.lacks) for one in found)
    told = (
        f"{lacking} of {len(found)} are missing; each says what brings it." if lacking else "All are there."
    )
    return "".join(f"{_indented(line, unicode=unicode)}\n" for line in [*lines, "", told])


def _indented(line: str, *, unicode: bool) -> str:
    words = line.lstrip()
    return " " * (len(line) - len(words)) + plain(words, unicode=unicode)


def doctor_json(machine: str, found: Sequence[Ability]) -> str:
    """Return the same for machines."""
    rows = [dataclasses.asdict(one) | {"works": not one.lacks} for one in found]
    return json.dumps({"machine": machine, "abilities": rows}, indent=2, ensure_ascii=False) + "\n"
