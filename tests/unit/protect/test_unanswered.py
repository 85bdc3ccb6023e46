"""What is offered where flows that nobody answers fill a table, and that nothing is where they do not."""

from __future__ import annotations

import pytest

from tidegate.api import check
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.unanswered import of_table
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

SCANNED = """
horizon: 2min
networks: {near: {}, far: {}}
crossings:
  nat:
    between: [near, far]
    table: {entries: 1000, closed_hold: 1s, unanswered_hold: 60s}
    background: {unanswered: 100/s, unanswered_sources: 4}
services:
  web: {network: far, concurrency: 10, service_time: 1ms}
clients:
  users: {network: near, service: web, population: 10, demand: {kind: open, rate: 20/s}}
"""
NAT = "crossings.nat"


def scanned(**changes: object) -> WorldFile:
    file = read_world(SCANNED, "scanned.yaml")
    return overlay(file, {path.replace("__", "."): value for path, value in changes.items()})


def test_hold_eviction_and_a_limit_per_source_are_offered() -> None:
    """Half of the table is left to everybody else, and each client four times what it wants."""
    offers = {offer.name: dict(offer.changes) for offer in of_table("nat", scanned(), None)}
    assert {
        "shorter hold of unanswered flows at nat": {f"{NAT}.table.unanswered_hold": 5.0},
        "eviction of unanswered flows at nat": {f"{NAT}.table.when_full": "evict_unanswered"},
        "a limit per source before the table of nat": {
            f"{NAT}.admission.per_source": 8.0,
            f"{NAT}.admission.per_source_burst": 10,
        },
    } == offers


@pytest.mark.parametrize(
    "changes",
    [
        {"crossings__nat__background__unanswered": "0/s"},
        {"crossings__nat__background__unanswered": "5/s"},
        {"crossings__nat__table__when_full": "evict_unanswered"},
        {"crossings__nat__table__unanswered_hold": "4s"},
        {"crossings__nat__admission__per_source": "2/s"},
    ],
)
def test_nothing_is_offered_where_they_do_not_fill_it(changes: dict[str, object]) -> None:
    """Few of them, a table that evicts them, a short hold, or a limit on their sources: no limit."""
    file = scanned(**changes)
    assert [] == of_table("nat", file, None)
    assert () == exceeded_limits(script_of(file, None))


def test_arithmetic_says_when_the_table_is_full() -> None:
    """1,000 entries at 100 a second are ten seconds."""
    (said,) = exceeded_limits(script_of(scanned(), None))
    assert "about 6,000 of them by flows that nobody answers, for 60 s each" in said
    assert said.endswith("100/s alone fill it in 10 s, already before anything happens")


def test_the_mean_sees_the_table_full() -> None:
    """In the fluid engine, too, most are not answered where the table is full, and all where it evicts."""
    full, evicting = [
        run_fluid(write_script(file)).clients["users"].served_per_s[-1]
        for file in (scanned(), scanned(crossings__nat__table__when_full="evict_unanswered"))
    ]
    assert full < 14.0
    assert evicting > 19.8


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("table: {entries: 1000, closed_hold: 1s, unanswered_hold: 60s}", "", "takes nothing"),
        ("unanswered: 100/s, ", "", "no flows are unanswered"),
    ],
)
def test_what_cannot_act_is_a_fault(before: str, after: str, said: str) -> None:
    """Flows that nothing counts, and sources of nothing."""
    with pytest.raises(InputError) as caught:
        read_world(SCANNED.replace(before, after), "scanned.yaml")
    assert any(said in fault.what for fault in caught.value.faults)


FORGOTTEN = f"""{SCANNED}
beliefs:
  forgets:
    says: a full table forgets who was not answered
    otherwise: it drops what is new
    counter: {{{NAT}.table.when_full: drop}}
triggers:
  scan: {{at: 20s, for: 60s, set: {{{NAT}.background.unanswered: 100/s}}}}
""".replace("background: {unanswered: 100/s", "background: {unanswered: 0/s").replace(
    "unanswered_hold: 60s}", "unanswered_hold: 60s, when_full: evict_unanswered}"
)


def test_where_only_a_belief_forgets_them_a_shorter_hold_is_offered_and_proven() -> None:
    """Nobody can rely on the eviction; a shorter hold needs none, and is what check says to set first."""
    offers = {offer.name for offer in of_table("nat", read_world(FORGOTTEN, "f.yaml"), None)}
    assert "shorter hold of unanswered flows at nat" in offers
    (verdict,) = check(read_world(FORGOTTEN, "f.yaml"), runs_count=5)
    assert verdict.remedy is not None
    assert ("protect_first", [f"{NAT}.table.unanswered_hold"]) == (
        verdict.verdict,
        [one.path for one in verdict.remedy.settings],
    )
