"""What adopting a configuration changes, in words: each value before and after, and what was left out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from tidegate.present.layout import wrap
from tidegate.present.protect_text import plain_lines
from tidegate.protect.adopted import Adopted, Change

_FORMAT = 1
_INDENT = 4


def adoption_text(
    adopted: Adopted, changes: Sequence[Change], *, written_to: str, width: int, unicode: bool
) -> str:
    """Return what a configuration says about a world as text for a terminal.

    Parameters
    ----------
    adopted
        What was understood, and what not.
    changes
        Each value found, beside what the world said.
    written_to
        The file that was written; empty where none was.
    width, unicode
        Of the terminal.
    """
    lines = [
        f"{adopted.target}: {_count(len(adopted.understood), 'setting')} that the world has a key for.",
        "",
    ]
    for change in changes:
        found = change.found
        says = (
            f"{change.before} → {found.text}"
            if change.differs
            else f"{found.text}, as the world says already"
        )
        lines.append(f"  {found.path}: {says}")
        lines += _wrapped(f"{found.place}: {found.words}", width)
    if adopted.ignored:
        lines += ["", "  Left out:"]
        for ignored in adopted.ignored:
            lines += _wrapped(f"{ignored.place}: {ignored.words}: {ignored.why}.", width)
    differing = sum(change.differs for change in changes)
    if written_to:
        end = f"  {written_to} is written with {_count(differing, 'change')}; all else stays byte for byte."
    elif differing:
        end = "  Nothing is written; --out FILE writes the changed world."
    else:
        end = "  The world says all of this already."
    return plain_lines([*lines, "", end], unicode=unicode)


def adoption_json(adopted: Adopted, changes: Sequence[Change]) -> str:
    """Return what a configuration says about a world as one JSON document."""
    document = {
        "format": _FORMAT,
        "target": adopted.target,
        "changes": [
            dataclasses.asdict(change.found)
            | {"text": change.found.text, "before": change.before, "differs": change.differs}
            for change in changes
        ],
        "ignored": [dataclasses.asdict(one) for one in adopted.ignored],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _wrapped(text: str, width: int) -> list[str]:
    return [" " * _INDENT + line for line in wrap(text, max(width - _INDENT, 20))]
