"""Nothing private is in any public byte, whatever is on record."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import site_sample as sample
from record_sample import NOON_S, Memory
from tidegate.inform.site.segment_link import is_private
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.journal.entry_kinds import KINDS, STATUSES
from tidegate.journal.kind import Field

MARKER = "qzprivateqz"
OWN = "qzsegmentqz"
PUBLIC = {
    *((kind, field) for kind in ("outage.opened", "outage.changed", "outage.corrected")
      for field in ("title", "segments", "sees", "keeps", "titles")),
    ("update.published", "texts"), ("update.published", "update"), ("update.published", "segment"),
    *(("component.declared", field) for field in ("title", "group", "region", "describes")),
    ("maintenance.planned", "title"), ("maintenance.planned", "describes"), ("maintenance.planned", "zone"),
    ("maintenance.planned", "rule"),
}  # fmt: skip
"""The only fields whose text the public may read. A field that is added later is private until it is here."""

SUBJECTS = {"outage": ("one", "two"), "component": ("shop", "search"), "maintenance": ("work",)}
WHEN = st.integers(-200_000, 4000).map(lambda offset: NOON_S + offset)
SHAPES = {
    "line": st.just,
    "text": lambda text: st.just(f"{text}\nand more"),
    "time": lambda _: WHEN,
    "number": lambda _: st.sampled_from([60.0, 3600.0]),
    "flag": lambda _: st.booleans(),
    "lines": lambda text: st.just([text]),
    "words": lambda text: st.just({"buyers": text}),
    "texts": lambda text: st.just({"en": text, "de": text}),
}


def value(kind: str, name: str, field: Field):
    """Values of a field: a marker wherever its text is private."""
    known = {
        "components": st.just(["shop"]) if field.form == "lines"
        else st.dictionaries(st.sampled_from(["shop", "search"]), st.sampled_from(STATUSES), max_size=2),
        "segments": st.just(["buyers"]),
        "segment": st.just("buyers"),
        "zone": st.just("Europe/Berlin"),
        "rule": st.sampled_from(["", "FREQ=WEEKLY;COUNT=3"]),
        "into": st.sampled_from(["one", "two"]),
        "update": st.sampled_from(["first", "second"]),
    }  # fmt: skip
    if field.allowed:
        return st.sampled_from(field.allowed)
    if name in known and field.form != "flag":  # a merge by rule is no rule of a calendar
        return known[name]
    return SHAPES[field.form]("open words" if (kind, name) in PUBLIC else MARKER)


@st.composite
def drafts(draw):
    kind = draw(st.sampled_from(sorted(KINDS.keys() - {"site.began"})))
    noun = {"update": "outage", "alert": "outage"}.get(kind.split(".")[0], kind.split(".")[0])
    payload = {}
    for name, field in KINDS[kind].fields.items():
        if field.required or draw(st.booleans()):
            payload[name] = draw(value(kind, name, field))
    if kind == "update.published" and payload.get("segment"):
        payload["texts"] = {"en": OWN}
        payload["update"] = "own"
    subject = draw(st.sampled_from(SUBJECTS.get(noun, (MARKER,))))
    return Draft(kind=kind, subject=subject, payload=payload, by=MARKER, at_s=draw(WHEN))


@settings(max_examples=200, deadline=None)
@given(st.lists(drafts(), max_size=25))
def test_nothing_private_is_in_any_public_byte(said):
    """Markers in every private field: none is anywhere; words for a segment are on its own page alone."""
    journal = Memory("the_site")  # what sites are called is public: the manifest counts their chains
    start = Draft(kind="outage.opened", subject="one", by=MARKER, payload={
        "title": "open words", "since_s": NOON_S - 900, "source": "alert", "cause": MARKER, "because": MARKER,
        "dark": [MARKER], "components": {"shop": "major_outage"}})  # fmt: skip
    confirmed = Draft(
        kind="outage.moved", subject="one", payload={"event": "confirm", "because": MARKER}, by=MARKER
    )
    journal.append([start, confirmed, *said])
    tree = sample.built(State().take_all(journal.entries()))
    held = {path: content.decode() + path for path, content in tree.contents().items()}
    assert [] == [path for path, text in held.items() if MARKER in text]
    assert [] == [path for path, text in held.items() if OWN in text and not is_private(path)]


@settings(max_examples=30, deadline=None)
@given(st.lists(drafts(), max_size=12))
def test_what_only_emerges_is_nowhere(said):
    """The title of an outage that nobody confirmed and nobody spoke of is in no byte."""
    journal = Memory()
    begun = {"title": MARKER, "since_s": NOON_S, "source": "alert", "components": {"shop": "major_outage"}}
    others = [one for one in said if one.subject != "hidden"]
    journal.append([Draft(kind="outage.opened", subject="hidden", payload=begun), *others])
    tree = sample.built(State().take_all(journal.entries()))
    assert [] == [path for path, content in tree.contents().items() if MARKER.encode() in content]
