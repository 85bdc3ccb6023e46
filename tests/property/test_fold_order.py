"""The state is the same in whatever order sites hear of each other's entries."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from record_sample import NOON_S, Memory, everything, folded
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.journal.entry_kinds import EVENTS, STATUSES

SUBJECTS = st.sampled_from(["one", "two", "three"])
STATUS = st.sampled_from(STATUSES)
COMPONENTS = st.dictionaries(st.sampled_from(["shop", "search"]), STATUS, max_size=2)
WHEN = st.integers(-3600, 3600).map(lambda offset: NOON_S + offset)


def draft(kind, **payload):
    return st.builds(
        lambda subject, at_s, fields: Draft(kind=kind, subject=subject, at_s=at_s, payload=fields),
        SUBJECTS,
        WHEN,
        st.fixed_dictionaries(payload),
    )


DRAFTS = st.one_of(
    draft("outage.opened", title=st.sampled_from("ab"), since_s=WHEN, source=st.just("api"),
          components=COMPONENTS),
    draft("outage.moved", event=st.sampled_from(EVENTS)),
    draft("outage.changed", components=COMPONENTS),
    draft("outage.corrected", since_s=WHEN, components=COMPONENTS, because=st.just("wrong")),
    draft("outage.tried", what=st.sampled_from(["off", "on"])),
    draft("outage.held", who=st.sampled_from(["", "ann", "bob"])),
    draft("update.drafted", update=SUBJECTS, texts=st.just({"en": "words"})),
    draft("update.published", update=SUBJECTS, texts=st.just({"en": "words"}), next_s=WHEN),
    draft("alert.seen", fingerprint=SUBJECTS, status=st.sampled_from(["firing", "resolved"]), starts_s=WHEN,
          labels=st.just({})),
    draft("component.declared", title=st.sampled_from("ab")),
    draft("component.claimed", status=STATUS, source=st.sampled_from(["manual", "system"]), until_s=WHEN),
    draft("maintenance.planned", title=st.just("w"), components=st.just(["shop"]), starts_s=WHEN,
          lasts_s=st.just(600.0)),
    draft("maintenance.cancelled"),
    draft("case.received", text=st.sampled_from("ab"), channel=st.just("web"), segment=st.sampled_from("xy")),
    draft("case.linked", outage=SUBJECTS),
    draft("case.replied", text=st.just("answer")),
    draft("case.closed"),
    draft("case.reopened"),
    draft("subscription.asked", channel=st.just("email"), address=st.sampled_from("ab")),
    draft("subscription.confirmed"),
    draft("subscription.changed", severity=st.sampled_from(["none", "major"])),
    draft("subscription.ended"),
    draft("delivery.planned", update=SUBJECTS, subscription=SUBJECTS, channel=st.just("email")),
    draft("delivery.attempted", outcome=st.just("busy"), next_s=WHEN),
    draft("delivery.done", outcome=st.sampled_from(["delivered", "gave_up", "refused"])),
    draft("account.declared", name=st.just("ann"), role=st.sampled_from(["viewer", "admin"])),
    draft("account.ended"),
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 3), DRAFTS), max_size=30)


def journals(steps):
    """Write each step at its site, the sites' clocks going as the step says."""
    sites = {name: Memory(name) for name in ("a", "b", "c")}
    for name, passed_s, one in steps:
        sites[name].now_s += passed_s
        sites[name].append([one])
    return sites


@settings(max_examples=150)
@given(STEPS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_state(steps, random):
    """All entries of three sites, shuffled at will, fold to one state."""
    entries = [entry for site in journals(steps).values() for entry in site.entries()]
    expected = folded(entries)
    random.shuffle(entries)
    assert expected == folded(entries)


@settings(max_examples=100)
@given(STEPS, st.integers(0, 40), st.randoms(use_true_random=False))
def test_merging_parts_gives_the_state_of_the_whole(steps, cut, random):
    """A site that was read half, looked at, and merged with the rest later ends where all others do.

    Looking in between matters: views are kept until something new is said.
    """
    entries = [entry for site in journals(steps).values() for entry in site.entries()]
    expected = folded(entries)
    random.shuffle(entries)
    state = State().take_all(entries[:cut])
    everything(state)
    assert expected == everything(state.take_all(entries[cut:]))


@settings(max_examples=100)
@given(STEPS, WHEN)
def test_the_past_does_not_change(steps, said_s):
    """What had been said by a time is the same, whatever is said later."""
    entries = [entry for site in journals(steps).values() for entry in site.entries()]
    early = State().take_all(entry for entry in entries if entry.said_s <= said_s)
    late = State().take_all(entries)
    for one in early.outages():
        assert one == late.outage_as_said(one.id, said_s)
