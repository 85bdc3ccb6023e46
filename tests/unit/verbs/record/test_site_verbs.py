"""Components and maintenance as use cases."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk, world
from tidegate.errors import InputError
from tidegate.verbs.record.component import Described, candidates, claim, declare, find_component, public_of
from tidegate.verbs.record.maintenance import Plan, cancel, find_work, plan


def test_a_world_gives_what_customers_know_as_components():
    """Each service that has a public name, in the order of the file; segments and the rest are offered."""
    here, _, _ = desk()
    declare(here, public_of(world()))
    shown = here.state.components()
    assert ["shop", "search", "login", "store"] == [one.id for one in shown]
    assert ("the shop", "shop") == (shown[0].title, shown[0].noun)
    assert ["shop", "search", "login", "store", "buyers", "readers"] == [
        one.id for one in candidates(world())
    ]


def test_a_component_keeps_its_place_when_it_is_described_anew():
    """Its title changes, its position does not; retired, it is gone from the list."""
    here, _, _ = desk()
    declare(here, [Described(id=name, title=name) for name in ("a", "b")])
    declare(here, [Described(id="a", title="The A")])
    assert ["The A", "b"] == [one.title for one in here.state.components()]
    declare(here, [Described(id="a", title="The A", is_retired=True)])
    with pytest.raises(InputError, match="no such component"):
        find_component(here.state, "a")
    with pytest.raises(InputError, match="needs an id and a title"):
        declare(here, [Described(id="", title="x")])


def test_a_claim_by_hand_holds():
    """What somebody says of a component is its status; a word that is none is refused."""
    here, clock, _ = desk()
    declare(here, [Described(id="a", title="A")])
    claim(here, "a", "partial_outage", because="seen")
    assert "partial_outage" == here.state.status("a", clock()).value
    with pytest.raises(InputError, match="is no status"):
        claim(here, "a", "broken")


def test_work_is_planned_replaced_and_cancelled():
    """One id through all its plans; every fault of a plan at once."""
    here, _, _ = desk()
    said = Plan(title="Disks", starts_s=NOON_S, lasts_s=3600.0, components=["a"])
    one = plan(here, said)
    again = plan(here, Plan(title="Disks", starts_s=NOON_S + 60, lasts_s=60.0), replaces=one.id)
    assert (one.id, NOON_S + 60) == (again.id, again.starts_s)
    assert cancel(here, again, "not needed").is_cancelled
    with pytest.raises(InputError) as caught:
        plan(here, Plan(title=" ", starts_s=NOON_S, lasts_s=0.0, zone="Mars", rule="x"))
    assert 4 <= len(caught.value.faults)
    with pytest.raises(InputError, match="no such work"):
        find_work(here.state, "none")
