"""Is each sentence of a screen whole? What stands under a label, held against what there is to say."""

from __future__ import annotations

import re

from tidegate.present.verdict.answer import Answer
from tidegate.present.verdict.said import Part

LEFT_OUT = re.compile(r"\(?(\d+) left out: --more\)?$")


def under(label: str, screen: str, table: str) -> str:
    """Return what a screen has under a label; the table below it is left away, which begins with `table`."""
    lines = screen.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line[:9] == f"  {label:<7}"]
    found = [lines[at][9:]]
    for line in lines[at + 1 :]:
        if line[:9].strip() or not line.strip() or (table and line.strip().startswith(table)):
            break
        found.append(line)
    return spaced(" ".join(found))


def spaced(text: str) -> str:
    """Return a text with one space where there are many, and without the marks of what is typed."""
    return " ".join(text.replace("`", "").replace(" \\ ", " ").split())


def ways(part: Part, missing: int) -> set[str]:
    """Return what a part may read as, with so many of its last sentences missing."""
    every = ([*part.must, *part.may[:i]] for i in range(len(part.may) + 1))
    told = [*every, list(part.brief)]
    return {spaced(" ".join(one.removeprefix("- ") for one in way[: len(way) - missing])) for way in told}


def halved(screen: str, answer: Answer) -> list[str]:
    """Return the labels of a screen under which a sentence is not whole, or is missing and not counted."""
    found = []
    table = answer.compared.headings[0] if answer.compared.headings else ""
    for label, part in answer.parts.items():
        if f"\n  {label:<7}" not in screen:
            continue
        said = under(label, screen, table)
        hint = LEFT_OUT.search(said)
        kept = said[: hint.start()].strip() if hint else said
        if kept not in ways(part, int(hint[1]) if hint else 0):
            found.append(f"{label}: {kept}")
    return found
