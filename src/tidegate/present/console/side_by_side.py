"""What did several sites say of one field without knowing of each other? All of it, beside each other.

It stands here until somebody says again what is so who has seen all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import Reader, hide, section
from tidegate.present.record.differing_text import field_words, value_words
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import clean, line
from tidegate.track.seen_edits import SETTLED_BY_WORD, Edit, SideBySide


def side_by_side_part(
    reader: Reader, found: Sequence[SideBySide], own: str, titles: Mapping[str, str]
) -> Html:
    """Return the fields that stand side by side, and how one of the values is kept."""
    told = (
        "Whoever said each of these had not seen the others. The last one holds, also in public, until "
        "somebody says again what is so."
    )
    parts = [tag("p", told, class_="quiet")]
    for each in found:
        last = each.edits[-1]
        rows = [
            tag("li", *_row(reader, each.field, edit, own, titles, holds=edit is last)) for edit in each.edits
        ]
        parts += [tag("h3", line(field_words(each.field, titles))), tag("ul", *rows, class_="states")]
    return section("Said at several sites at once", *parts)


def _row(
    reader: Reader, field: str, edit: Edit, own: str, titles: Mapping[str, str], *, holds: bool
) -> list[Html]:
    said = [
        tag("b", clean(value_words(field, edit.value, titles))),
        f" — {clean(edit.by)} at {clean(edit.site)}, ",
        reader.when(edit.said_s), "; holds" if holds else "",
    ]  # fmt: skip
    if not reader.may_act or field.partition(".")[0] not in SETTLED_BY_WORD:
        return [join(*said)]
    way = Fields(reader, f"{own}/settle")
    which = (hide("field", field), hide("site", edit.site), hide("said", repr(edit.said_s)))
    return [join(*said), way.form(*which, button="It is so", quiet=True)]
