"""A protection in words: what each element does and why, the files written, what a target cannot say."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from tidegate.present.layout import pad, plain, wrap
from tidegate.present.quantities import NO_BREAK, percent_text
from tidegate.protect.config_file import NotExpressed, Validation, Written
from tidegate.protect.finding import Smallest
from tidegate.protect.protection import Protection

_FORMAT = 1
_INDENT = 4


def protection_text(
    title: str,
    protection: Protection,
    written: Sequence[Written],
    unsaid: Sequence[NotExpressed],
    validations: Sequence[Validation],
    *,
    folder: str,
    width: int,
    unicode: bool,
) -> str:
    """Return a protection and its files as text for a terminal.

    Parameters
    ----------
    title
        World and activity.
    protection
        The elements.
    written
        What each target makes of them.
    unsaid
        Elements that stand in no file.
    validations
        What the vendors' validators said; empty where they were not asked.
    folder
        Where the files were written; empty where they were not.
    width, unicode
        Of the terminal.
    """
    lines = [title, "", *_elements(protection, width)]
    nowhere = {refused.path for refused in unsaid}
    for one in written:
        lines += ["", *_target(one, validations, folder, width)]
        for refused in one.not_expressed:
            if not refused.elsewhere and refused.path not in nowhere:
                lines += _wrapped(f"It cannot say {refused.path}: {refused.why}.", width)
    if unsaid:
        lines += ["", "  Not in any file; to be set by other means:"]
        for refused in unsaid:
            lines += _wrapped(f"{refused.path}: {refused.why}.", width)
    if not folder and any(one.files for one in written):
        lines += ["", "  Nothing is written; --out FOLDER writes these files."]
    return plain_lines(lines, unicode=unicode)


def plain_lines(lines: Sequence[str], *, unicode: bool) -> str:
    """Return lines as one text that is safe for a terminal."""
    return "".join(plain(line, unicode=unicode).rstrip() + "\n" for line in lines)


def protection_json(
    protection: Protection | None,
    written: Sequence[Written],
    unsaid: Sequence[NotExpressed],
    validations: Sequence[Validation],
    *,
    found: Smallest | None = None,
) -> str:
    """Return a protection and its files as one JSON document.

    Parameters
    ----------
    protection
        None where none was found.
    written, unsaid, validations
        As in `protection_text`.
    found
        What was searched for: contributions, what it refuses and what proves it; None where the elements
        were spelt out.
    """
    elements = protection.elements if protection is not None else ()
    document = {
        "format": _FORMAT,
        "activity": protection.activity if protection is not None else "",
        "elements": [dataclasses.asdict(element) | {"text": element.text} for element in elements],
        "found": None if found is None else dataclasses.asdict(dataclasses.replace(found, protection=None)),
        "targets": [dataclasses.asdict(one) for one in written],
        "not_expressed": [dataclasses.asdict(one) for one in unsaid],
        "validations": [dataclasses.asdict(one) for one in validations],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _elements(protection: Protection, width: int) -> Iterator[str]:
    wide = max(len(f"{element.path} = {element.text}") for element in protection.elements)
    wide = min(wide, max(width - 2 * _INDENT, 20))
    for element in protection.elements:
        ratio = element.margin_ratio
        margin = (
            "" if ratio is None else f"; it holds with {percent_text(ratio).replace(NO_BREAK, ' ')} to spare"
        )
        head = pad(f"{element.path} = {element.text}", wide)
        yield f"  {head}".rstrip()
        yield from _wrapped(f"{_sentence(element.purpose)} ({element.reason}{margin}).", width)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _target(one: Written, validations: Sequence[Validation], folder: str, width: int) -> Iterator[str]:
    said = {found.name: found for found in validations}
    if not one.files:
        yield f"  {one.target}: has no words for any element."
    for config in one.files:
        place = f"{folder.rstrip('/')}/{config.name}" if folder else config.name
        yield f"  {one.target}: {place}{_verdict(said.get(config.name))}"
        found = said.get(config.name)
        if found is not None and found.says:
            for row in found.says.splitlines()[:12]:
                yield from _wrapped(row, width)
    for note in one.notes:
        yield from _wrapped(note, width)


def _verdict(found: Validation | None) -> str:
    if found is None:
        return ""
    words = {
        True: f"accepted by {found.by}",
        False: f"REFUSED by {found.by}",
        None: f"not checked by {found.by}",
    }
    return f" ({words[found.valid]})"


def _wrapped(text: str, width: int) -> list[str]:
    return [" " * _INDENT + line for line in wrap(text, max(width - _INDENT, 20))]
