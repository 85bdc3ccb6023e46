"""The state is the same in whatever order sites hear of each other's entries."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from record_sample import NOON_S, Memory, everything, folded
from tidegate.inform.sending_turn import SendingSites, sending_sites
from tidegate.inform.state import State
from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Draft, read_entry
from tidegate.journal.entry_kinds import EVENTS, STATUSES
from tidegate.track.same_outage import stranded, twins
from tidegate.track.seen_edits import side_by_side, with_seen

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
    draft("outage.moved", event=st.sampled_from(EVENTS), into=SUBJECTS, rule=st.booleans()),
    draft("outage.changed", components=COMPONENTS),
    draft("outage.changed", takes_in=st.just(["two"]), rule=st.just(True)),
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
    draft("site.able", ways=st.sampled_from([[], ["email"], ["email", "calls"]])),
)  # fmt: skip
NAMES = ("a", "b", "c")
CHAINS = (*NAMES, "a+k3f9ab", "a+zzzzzz", "b+000000")
"""Sites, and the later chains of two of them."""
STEPS = st.lists(
    st.tuples(st.sampled_from(CHAINS), st.integers(0, 3), DRAFTS, st.sets(st.sampled_from(NAMES))),
    max_size=30,
)


def journals(steps):
    """Write each step at its chain, the sites' clocks going as the step says, and what was heard."""
    chains = {name: Memory(name) for name in CHAINS}
    for name, passed_s, one, heard in steps:
        own = [chains[chain] for chain in CHAINS if site_of(chain) == site_of(name)]
        known = [entry for each in own for entry in each.entries()]
        known += [entry for chain in CHAINS if site_of(chain) in heard for entry in chains[chain].entries()]
        story = sorted((each for each in known if each.subject == one.subject), key=lambda each: each.order)
        chains[name].now_s = max(each.now_s for each in own) + passed_s
        chains[name].append([with_seen(one, story)])
    return chains


def branched(entries, at: int, drawn):
    """Return entries of a chain that goes on in two ways from one number on: a folder that was copied."""
    chain, twin = Memory("d"), Memory("d")
    for place, one in enumerate(drawn):
        each = (chain,) if place >= at and place % 2 else (twin,) if place >= at else (chain, twin)
        for way in each:
            way.now_s += 1 + place
            way.append([one])
    shared = {sealed.body for sealed in chain.sealed}
    other = [read_entry(sealed.body) for sealed in twin.sealed if sealed.body not in shared]
    return [*entries, *chain.entries(), *other]


def agreed(state: State):
    """What sites work out from the record by themselves, and must come to alike."""
    others = [name for name in NAMES if name != "a"]
    ranks = sending_sites("a", others, state.sites)
    return (
        everything(state),
        [(one.one.id, one.into.id) for one in twins(state.outages(), state.story)],
        [one.id for one in stranded(state.outages(), state.story)],
        [side_by_side(state.story(one.id)) for one in state.outages()],
        [ranks.ranked(name, "email") for name in sorted(state.deliveries)],
    )


@settings(max_examples=150)
@given(STEPS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_state(steps, random):
    """All entries of three sites, shuffled at will, fold to one state."""
    entries = [entry for site in journals(steps).values() for entry in site.entries()]
    expected = folded(entries)
    random.shuffle(entries)
    assert expected == folded(entries)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.lists(DRAFTS, max_size=8), st.integers(0, 8), st.randoms(use_true_random=False))
def test_what_sites_do_by_themselves_is_the_same_in_any_order(steps, drawn, at, random):
    """Twins, what a rule undoes, what stands side by side, turns: also with later chains and with a fork."""
    entries = [entry for site in journals(steps).values() for entry in site.entries()]
    entries = branched(entries, at, drawn)
    expected = agreed(State().take_all(entries))
    random.shuffle(entries)
    assert expected == agreed(State().take_all(entries))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_rule_merges_nothing_into_what_is_later_and_no_two_into_each_other(steps):
    """Merges go to the earlier only, so that no ring can come of them, and each outage is merged once."""
    state = State().take_all(entry for site in journals(steps).values() for entry in site.entries())
    found = twins(state.outages(), state.story)
    opened = {
        one.id: next(entry for entry in state.story(one.id) if entry.kind == "outage.opened")
        for one in state.outages()
    }
    merged = [twin.one.id for twin in found]
    assert len(merged) == len(set(merged))
    for twin in found:
        assert opened[twin.into.id].order < opened[twin.one.id].order
        assert twin.into.id not in merged
        assert site_of(opened[twin.into.id].site) != site_of(opened[twin.one.id].site)


@given(st.sets(st.sampled_from(CHAINS), min_size=2), st.text(max_size=12))
def test_turns_are_the_same_seen_from_every_site(names, named):
    seen = {
        SendingSites(own=own, others=tuple(names - {own})).ranked(named, "email") for own in sorted(names)
    }
    assert 1 == len(seen)
    places = [SendingSites(own=own, others=tuple(names - {own})).before(named, "email") for own in names]
    assert sorted(len(before or ()) for before in places) == list(range(len(names)))


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
