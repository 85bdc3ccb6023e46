"""Sites that hold the same entries make the same pages, in whatever order they heard of them."""

from __future__ import annotations

import json
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from test_site_privacy import drafts

import site_sample as sample
from record_sample import NOON_S, Memory
from tidegate.inform.state import State
from tidegate.present.site.site_tree import SiteTree, site_tree
from tidegate.verbs.record.publish import Publisher, own_link_secret, with_segments

NAMED = ("copies.html", "follow.html", "manifest.json", "files.json")
"""What may name the site that made it, in each language."""
SITES = ("eu", "us", "ap")


def key_of(site: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(site.encode().ljust(32, b"."))


def published(site: str, entries) -> SiteTree:
    """What a site publishes at noon, having heard of entries one after the other, some pages in between."""
    setting = replace(sample.SETTING, link_secret=own_link_secret(key_of(site), b"what all have in common"))
    publisher = Publisher(
        state=State(), setting=setting, key=key_of(site), clock=lambda: NOON_S, targets=(), by=site
    )
    for place, entry in enumerate(entries):
        publisher.state.take(entry)
        if place % 5 == 0:  # what was made before it heard more must not show
            publisher.publish()
    publisher.before = None if len(entries) % 2 else publisher.before
    known = with_segments(setting, None, publisher.state)
    return site_tree(publisher.state, known, NOON_S, publisher.key, publisher.before, by=site)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_same_entries_in_any_order_are_the_same_pages(data):
    """But for the pages that say who made them, every file is equal, segments' own pages too."""
    journals = [Memory(name) for name in SITES]
    for one in data.draw(st.lists(drafts(), max_size=20)):
        journal = data.draw(st.sampled_from(journals))
        journal.now_s += data.draw(st.integers(0, 5))
        journal.append([one])
    entries = [entry for journal in journals for entry in journal.entries()]
    here = published("eu", data.draw(st.permutations(entries))).contents()
    there = published("us", data.draw(st.permutations(entries))).contents()
    different = [path for path in here.keys() | there.keys() if here.get(path) != there.get(path)]
    assert [] == [path for path in different if not path.endswith(NAMED)]
    stated, other = (json.loads(tree["manifest.json"])["stated"] for tree in (here, there))
    assert ("eu", "us") == (stated["by"], other["by"])
    assert stated["heads"] == other["heads"]


def test_a_site_without_the_common_secret_makes_addresses_of_its_own():
    """Where sites share nothing, what stays different is where segments read their own pages."""
    setting = replace(sample.SETTING, link_secret=own_link_secret(key_of("eu")))
    other = replace(sample.SETTING, link_secret=own_link_secret(key_of("us")))
    state = sample.sample()[0].state
    here, there = (site_tree(state, one, NOON_S, sample.KEY).contents() for one in (setting, other))
    different = here.keys() ^ there.keys()
    assert 16 == len(different)
    assert all("for/" in path for path in different)
