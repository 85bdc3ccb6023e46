"""An outage, read from its story."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, Memory
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageState
from tidegate.track.summary import summary
from tidegate.track.uptime import outage_spans, uptime


def said(journal: Memory, minute: float, kind: str, *, at: float | None = None, **payload) -> None:
    """Say something `minute` minutes after noon, which was so at minute `at`."""
    journal.now_s = NOON_S + 60 * minute
    at_s = NOON_S + 60 * (minute if at is None else at)
    journal.append([Draft(kind=kind, subject="o", payload=payload, by="ann", at_s=at_s)])


def day() -> Memory:
    """Shop out in part at 0, out at 10, mended at 30, all drained at 60; said a little later."""
    made = Memory()
    said(
        made,
        5,
        "outage.opened",
        at=0,
        title="Shop",
        since_s=NOON_S,
        source="alert",
        cause="edge",
        components={"shop": "partial_outage", "search": "operational"},
        segments=["buyers"],
    )
    said(made, 6, "outage.moved", event="confirm")
    said(made, 7, "update.drafted", update="u1", texts={"en": "first", "de": "erstens"})
    said(
        made,
        8,
        "update.published",
        update="u1",
        texts={"en": "first", "de": "erstens"},
        next_s=NOON_S + 28 * 60,
    )
    said(made, 12, "outage.changed", at=10, components={"shop": "major_outage"})
    said(made, 20, "outage.tried", what="turned it off", effect="nothing")
    said(made, 25, "update.published", update="u2", texts={"en": "second"}, next_s=NOON_S + 40 * 60)
    said(made, 31, "outage.moved", at=30, event="recover")
    said(made, 32, "outage.changed", at=30, components={"shop": "degraded_performance"})
    said(made, 61, "outage.moved", at=60, event="resolve")
    return made  # fmt: skip


def read(journal: Memory):
    return State().take_all(journal.entries()).outage("o")


def test_it_says_what_was_said():
    """Title, state, begin and end, impact, words: all from the entries."""
    one = read(day())
    assert ("Shop", OutageState.RESOLVED, NOON_S, NOON_S + 3600) == (
        one.title,
        one.state,
        one.since_s,
        one.until_s,
    )
    assert ("critical", {"shop": Status.MAJOR, "search": Status.OPERATIONAL}) == (one.impact, one.touched)
    assert {Status.OPERATIONAL} == set(one.components.values())
    assert (("first", "second"), ()) == (tuple(update.text() for update in one.updates), one.drafts)
    assert ("erstens", "first", "second") == (
        one.updates[0].text("de"),
        one.updates[0].text("fr"),
        one.updates[1].text("de"),
    )


def test_what_had_been_said_by_then():
    """At each moment it can be shown what anybody could know."""
    state = State().take_all(day().entries())
    assert state.outage_as_said("o", NOON_S + 60) is None
    assert OutageState.EMERGING is state.outage_as_said("o", NOON_S + 5 * 60).state
    told = state.outage_as_said("o", NOON_S + 31 * 60)
    assert (OutageState.RECOVERING, Status.MAJOR) == (told.state, told.components["shop"])


def test_a_correction_changes_the_past_and_keeps_what_was_said():
    """A corrected begin holds from then on; both sayings stay, the second named a correction."""
    journal = day()
    said(journal, 90, "outage.corrected", since_s=NOON_S - 600, because="logs show it")
    one = read(journal)
    assert NOON_S - 600 == one.since_s
    sayings = [change for change in one.changes if change.name == "since_s"]
    assert [(NOON_S, False), (NOON_S - 600, True)] == [(say.value, say.is_correction) for say in sayings]
    assert "logs show it" == summary(one, 0.0).corrections[0].because


def test_a_corrected_component_was_never_hit():
    """Components that a correction leaves out are taken back, also from the impact."""
    journal = day()
    said(journal, 90, "outage.corrected", at=0, components={"search": "partial_outage"}, because="other one")
    one = read(journal)
    assert {"search": Status.PARTIAL} == one.touched
    assert ["search"] == [impact.name for impact in summary(one, NOON_S + 7200).impacts]


def test_what_cannot_happen_is_kept_and_named():
    """Two sites resolve it at once: the second is a conflict, and changes nothing."""
    journal = day()
    said(journal, 62, "outage.moved", at=61.5, event="resolve")
    one = read(journal)
    assert (NOON_S + 3600, ("ann said resolve while it was resolved",)) == (one.until_s, one.conflicts)


def test_a_relapse_opens_it_again():
    """After a relapse it is open, its end is forgotten, and the next end counts."""
    journal = day()
    said(journal, 70, "outage.moved", event="relapse")
    assert (True, None) == (read(journal).is_open, read(journal).until_s)
    said(journal, 80, "outage.moved", event="resolve")
    assert NOON_S + 80 * 60 == read(journal).until_s


def test_a_promise_is_overdue_until_the_next_words():
    """A promised update that does not come is overdue; new words with a new promise end that."""
    state = State().take_all(day().entries()[:5])
    one = state.outage("o")
    assert (False, True) == (one.is_overdue(NOON_S + 28 * 60), one.is_overdue(NOON_S + 28 * 60 + 1))
    resolved = read(day())
    assert (None, False) == (resolved.promise_s, resolved.is_overdue(NOON_S + 1e6))


def test_the_summary_works_it_out():
    """Duration, first word, drained share, promises and silence follow from the record."""
    found = summary(read(day()), NOON_S + 1e6)
    assert (3600.0, 1800.0, 0.5) == (found.lasted_s, found.contained_after_s, found.draining_ratio)
    words = found.words
    assert (480.0, 2, 35 * 60.0, 2, 1) == (
        words.first_after_s,
        words.updates_count,
        words.longest_gap_s,
        words.promises_count,
        words.kept_count,
    )
    (shop,) = found.impacts
    assert ("shop", Status.MAJOR, NOON_S, NOON_S + 3600, 3600.0) == (
        shop.name,
        shop.worst,
        shop.from_s,
        shop.until_s,
        shop.down_s,
    )
    assert sorted(line.at_s for line in found.timeline) == [line.at_s for line in found.timeline]
    assert "began" == found.timeline[0].kind


def test_uptime_shows_its_arithmetic():
    """Ten minutes in part, twenty whole, thirty degraded, of two hours: 1 − (0.3 × 600 + 1200) / 7200."""
    spans = outage_spans("shop", [read(day())], NOON_S + 1e6)
    found = uptime(spans, NOON_S - 1800, NOON_S + 5400)
    assert 1 - (0.3 * 600 + 1200) / 7200 == pytest.approx(found.ratio)
    assert {Status.PARTIAL: 600.0, Status.MAJOR: 1200.0, Status.DEGRADED: 1800.0} == found.spent_s
    assert (
        "1 − (0.3 × 600 s partial_outage + 1 × 1,200 s major_outage) / 7,200 s = 80.833%"
        == found.arithmetic()
    )


def test_overlapping_outages_count_once_and_maintenance_not_at_all():
    """A second counts once, as the worst; maintenance and the unknown are left out of the sum."""
    spans = [
        (0.0, 100.0, Status.MAJOR),
        (50.0, 150.0, Status.PARTIAL),
        (60.0, 80.0, Status.MAINTENANCE),
        (300.0, 400.0, Status.UNKNOWN),
    ]
    found = uptime(spans, 0.0, 1000.0)
    assert (120.0, 880.0) == (found.left_out_s, found.counted_s)
    assert 1 - (80 + 0.3 * 50) / 880 == pytest.approx(found.ratio)
    assert uptime([(0.0, 10.0, Status.UNKNOWN)], 0.0, 10.0).ratio is None


@pytest.mark.parametrize("event", ["retract", "merge"])
def test_what_was_none_counts_nowhere(event):
    """A false alarm or a merged outage takes nothing off the uptime."""
    journal = day()
    said(journal, 90, "outage.moved", event=event)
    assert () == outage_spans("shop", [read(journal)], NOON_S + 1e6)
