"""Is what a new entry carries what its kind allows? Every field by its form, every fault at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tidegate.errors import Fault
from tidegate.journal.entry_kinds import KINDS, LONGEST_LINE_BYTES, LONGEST_TEXT_BYTES, STATUSES
from tidegate.journal.kind import Field
from tidegate.journal.moment import is_moment

MOST_ITEMS = 2_000
_ENDS_LINE = re.compile(r"[\n\r\0]")


def payload_faults(kind: str, payload: Mapping[str, object]) -> Iterator[Fault]:
    """Yield everything that is wrong with the payload of a new entry."""
    if kind not in KINDS:
        yield Fault(what="is no kind of entry", value=kind[:60], allowed=", ".join(KINDS))
        return
    fields = KINDS[kind].fields
    for name in payload:
        if name not in fields:
            allowed = ", ".join(fields) or "none"
            yield Fault(what="is not a field of it", path=f"{kind}.{name[:60]}", allowed=allowed)
    for name, field in fields.items():
        path = f"{kind}.{name}"
        if name not in payload:
            if field.required:
                yield Fault(what="is missing", path=path, allowed=field.says)
        else:
            yield from _value_faults(path, field, payload[name])


def _value_faults(path: str, field: Field, value: object) -> Iterator[Fault]:
    fits, expected = _FORMS[field.form]
    shown = str(value)[:60]
    if not fits(value):
        yield Fault(what="has the wrong form", path=path, value=shown, allowed=expected)
    elif field.allowed and value not in field.allowed:
        yield Fault(what="has an unknown value", path=path, value=shown, allowed=", ".join(field.allowed))
    elif path.endswith(".components") and isinstance(value, dict):
        for name, status in value.items():
            if status not in STATUSES:
                where, allowed = f"{path}.{name[:60]}", ", ".join(STATUSES)
                yield Fault(what="is no status", path=where, value=status[:60], allowed=allowed)


def _is_short(text: object, most_bytes: int) -> bool:
    if not isinstance(text, str) or len(text) > most_bytes:
        return False
    if text.isascii():
        return True
    try:
        return len(text.encode()) <= most_bytes
    except UnicodeEncodeError:  # half a surrogate pair has no bytes
        return False


def _is_line(value: object) -> bool:
    return _is_short(value, LONGEST_LINE_BYTES) and _ENDS_LINE.search(str(value)) is None


def _is_text(value: object) -> bool:
    return _is_short(value, LONGEST_TEXT_BYTES)


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST_ITEMS and all(map(_is_line, value))


def _is_words(value: object) -> bool:
    if not isinstance(value, dict) or len(value) > MOST_ITEMS:
        return False
    return all(_is_line(name) and _is_line(word) for name, word in value.items())


def _is_texts(value: object) -> bool:
    if not isinstance(value, dict) or len(value) > MOST_ITEMS:
        return False
    return all(_is_line(name) and _is_text(text) for name, text in value.items())


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


_FORMS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "line": (_is_line, f"one line of at most {LONGEST_LINE_BYTES} bytes"),
    "text": (_is_text, f"text of at most {LONGEST_TEXT_BYTES:,} bytes"),
    "time": (is_moment, "seconds since 1970"),
    "number": (is_moment, "a number"),
    "flag": (_is_flag, "true or false"),
    "lines": (_is_lines, f"a list of at most {MOST_ITEMS:,} short texts"),
    "words": (_is_words, f"at most {MOST_ITEMS:,} short texts by name"),
    "texts": (_is_texts, f"at most {MOST_ITEMS:,} texts by name"),
}
