"""What each site would do by itself is done by one: calls, acknowledgements; by another where it is away."""

from __future__ import annotations

from heard_sites import Site, heal, sites
from tidegate.inform.sending_turn import STEP_S, DutyTurns, SendingSites
from tidegate.inform.standing_rules import Policy
from tidegate.verbs.record.acknowledge import acknowledge_unheld, call_unanswered

ROW = ("on-call",)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def turns(clock: Clock, own: str, other: str) -> DutyTurns:
    return DutyTurns(lambda: SendingSites(own=own, others=(other,)), clock)


def passed(clock: Clock, seconds: float, *each: Site) -> None:
    clock.now_s += seconds
    for site in each:
        site.journal.now_s += seconds


def test_operators_are_called_by_one_site_and_by_the_other_where_that_is_away():
    west, east = sites("west", "east")
    clock = Clock()
    in_turn = {"west": turns(clock, "west", "east"), "east": turns(clock, "east", "west")}
    one = west.opens("Shop", shop="major_outage")
    heal(west, east)
    passed(clock, 10, west, east)

    def call(site: Site) -> tuple[str, ...]:
        return call_unanswered(site.desk("system"), ROW, 600.0, is_turn=in_turn[site.journal.site].is_come)

    called = {site: call(site) for site in (west, east)}
    assert sorted(called.values()) == [(), ROW]
    first = next(site for site in (west, east) if called[site])
    other = east if first is west else west
    passed(clock, STEP_S - 1, west, east)
    assert () == call(other)
    passed(clock, 1, west, east)
    assert ROW == call(other)  # it never heard that the first one called
    heal(west, east)
    plans = [one for one in west.state.deliveries.values() if one.channel == "operators"]
    assert 1 == len(plans)  # and both planned the same call
    assert len(west.state.outage(one.id).hands.calls) == 2


def test_the_least_acknowledgement_is_published_by_one_site():
    west, east = sites("west", "east")
    clock = Clock()
    one = west.opens("Shop", shop="major_outage")
    heal(west, east)
    passed(clock, 3600, west, east)
    policy = Policy(acknowledge_after_s=60.0)
    said = [
        acknowledge_unheld(site.desk("system"), policy, is_turn=turns(clock, own, other).is_come)
        for site, own, other in ((west, "west", "east"), (east, "east", "west"))
    ]
    assert 1 == sum(map(len, said))
    heal(west, east)
    assert 1 == len(east.state.outage(one.id).updates)
