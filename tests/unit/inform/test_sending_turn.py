"""Which site sends a notice, and when it is another's turn: the same at every site, without asking."""

from __future__ import annotations

from collections import Counter

import pytest

from record_sample import NOON_S, Memory
from tidegate.inform.delivery import Delivery, delivery_id
from tidegate.inform.sending_ability import FAILS_S, FIRST_PAUSE_S, Ability
from tidegate.inform.sending_turn import (
    PATIENCE_S,
    STEP_S,
    DutyTurns,
    SendingSites,
    Turns,
    sending_sites,
    unsendable,
)
from tidegate.inform.state import State
from tidegate.journal.clock import Stamp
from tidegate.journal.entry import Draft
from tidegate.journal.site_members import SiteBook

NAMES = ("west", "mid", "east")


def seen_from(own: str, **able: set[str]) -> SendingSites:
    others = tuple(name for name in NAMES if name != own)
    return SendingSites(own=own, others=others, able={name: frozenset(ways) for name, ways in able.items()})


def owed(named: str = "one", *, tried_by: str = "", next_s: float | None = None) -> Delivery:
    found = Delivery(named)
    found.update, found.subscription, found.channel = "u", "s", "email"
    found.tried_by, found.next_s = tried_by, next_s
    return found


def test_every_site_has_the_same_order_and_a_fair_share():
    firsts: Counter[str] = Counter()
    for i in range(3000):
        orders = {seen_from(own).ranked(f"d{i}", "email") for own in NAMES}
        assert 1 == len(orders)
        firsts[orders.pop()[0]] += 1
    assert all(900 < firsts[name] < 1100 for name in NAMES)


def test_a_site_that_cannot_is_left_out_and_the_others_keep_their_order():
    able = {"mid": {"webhook"}}
    for i in range(50):
        whole = seen_from("west").ranked(f"d{i}", "email")
        left = seen_from("east", **able).ranked(f"d{i}", "email")
        assert left == tuple(name for name in whole if name != "mid")
    assert seen_from("mid", **able).before("d", "email") is None
    assert 3 == len(seen_from("mid", **able).ranked("d", "webhook"))


def test_one_site_alone_is_always_first():
    assert () == SendingSites(own="west").before("one", "email")


def test_the_first_sends_at_once_and_each_next_one_half_a_minute_later():
    order = seen_from("west").ranked("one", "email")
    for place, own in enumerate(order):
        turns, sites = Turns(), seen_from(own)
        assert (place == 0) is turns.is_come(owed(), "email", sites, NOON_S)
        due_s = NOON_S + STEP_S * place
        assert [] == turns.due(due_s - 0.1)
        assert (["one"] if place else []) == turns.due(due_s)
        assert turns.is_come(owed(), "email", sites, due_s)


def test_whoever_tried_in_vain_comes_last_and_nobody_before_the_next_try():
    order = seen_from("west").ranked("one", "email")
    tried = owed(tried_by=order[0], next_s=NOON_S + 100)
    assert (order[1], order[2]) == seen_from(order[0]).before("one", "email", order[0])
    assert () == seen_from(order[1]).before("one", "email", order[0])
    turns, sites = Turns(), seen_from(order[0])
    assert not turns.is_come(tried, "email", sites, NOON_S + 50)
    assert ["one"] == turns.due(NOON_S + 100 + 2 * STEP_S)
    assert [] == turns.due(NOON_S + 100 + 2 * STEP_S - 0.1)


def test_a_site_that_is_heard_to_be_sending_is_given_its_time():
    order = seen_from("west").ranked("one", "email")
    turns, sites = Turns(), seen_from(order[1])
    assert not turns.is_come(owed(), "email", sites, NOON_S)
    turns.heard(order[0], NOON_S + 20)
    assert ["one"] == turns.due(NOON_S + STEP_S)
    assert not turns.is_come(owed(), "email", sites, NOON_S + STEP_S)
    assert ["one"] == turns.due(NOON_S + 20 + STEP_S)
    assert turns.is_come(owed(), "email", sites, NOON_S + 20 + STEP_S)


def test_a_site_that_sends_others_and_never_this_one_is_not_waited_for_for_ever():
    """The line is cut one way: it is heard, and does not hear what is owed."""
    order = seen_from("west").ranked("one", "email")
    turns, sites = Turns(), seen_from(order[1])
    moment_s = NOON_S
    while not turns.is_come(owed(), "email", sites, moment_s):
        moment_s += 10
        turns.heard(order[0], moment_s)
        assert moment_s < NOON_S + 2 * PATIENCE_S
    assert moment_s >= NOON_S + PATIENCE_S


def test_who_looks_only_once_counts_from_the_plan():
    order = seen_from("west").ranked("one", "email")
    late = owed()
    late._planned = (Stamp(round((NOON_S - STEP_S) * 1e6), 0), "west", 1)
    assert not Turns().is_come(late, "email", seen_from(order[1]), NOON_S)
    assert Turns(from_plan=True).is_come(late, "email", seen_from(order[1]), NOON_S)
    assert not Turns(from_plan=True).is_come(late, "email", seen_from(order[2]), NOON_S)


def test_duties_are_done_in_turn_as_well():
    moment = [NOON_S]
    order = seen_from("west").ranked("call one 1", "")
    first, last = (
        DutyTurns(lambda own=own: seen_from(own), lambda: moment[0]) for own in (order[0], order[2])
    )
    assert first.is_come("call one 1")
    assert not last.is_come("call one 1")
    moment[0] += 2 * STEP_S
    assert last.is_come("call one 1")


def test_who_sends_is_read_off_the_record():
    book, mid = SiteBook(), Memory("mid")
    said = mid.append([
        Draft(kind="site.able", subject="mid", payload={"ways": ["email"]}),
        Draft(kind="site.able", subject="mid", payload={"ways": []}),
    ])  # fmt: skip
    for entry in reversed(said):
        book.take(entry)
    assert {"mid": frozenset()} == sending_sites("west", ["mid"], book).able


def test_what_nobody_can_send_is_named_where_somebody_waits_for_it():
    journal, state = Memory("west"), State()
    named = delivery_id("u", "s", "email")
    asked = {"channel": "email", "address": "a@example.org"}
    state.take_all(journal.append([
        Draft(kind="subscription.asked", subject="s", payload=asked),
        Draft(kind="subscription.confirmed", subject="s"),
        Draft(kind="delivery.planned", subject=named,
              payload={"update": "u", "subscription": "s", "channel": "email"}),
    ]))  # fmt: skip
    no_mail = {name: {"webhook"} for name in NAMES}
    assert {"email": 1} == unsendable(state, seen_from("west", **no_mail))
    assert {} == unsendable(state, seen_from("west", **{**no_mail, "east": {"email"}}))
    assert {} == unsendable(state, SendingSites(own="west", able={"west": frozenset()}))


@pytest.mark.parametrize(
    ("receivers", "is_own", "withdrawn"), [(1, True, True), (1, False, False), (3, False, True)]
)
def test_a_way_that_fails_as_a_whole_is_withdrawn_and_counts_again_later(receivers, is_own, withdrawn):
    ability = Ability({"email": is_own}, ["calls"])
    for i in range(3):
        ability.failed("email", f"r{i % receivers}", NOON_S + i)
    assert ("calls", "email") == ability.ways(NOON_S + FAILS_S - 1)
    after = ("calls",) if withdrawn else ("calls", "email")
    assert after == ability.ways(NOON_S + FAILS_S)
    assert after == ability.ways(NOON_S + FAILS_S + FIRST_PAUSE_S - 1)
    assert ("calls", "email") == ability.ways(NOON_S + FAILS_S + FIRST_PAUSE_S)


def test_one_answer_shows_that_a_way_is_there():
    ability = Ability({"email": True})
    ability.failed("email", "r", NOON_S), ability.failed("email", "r", NOON_S + 1)
    ability.answered("email")
    assert ("email",) == ability.ways(NOON_S + FAILS_S)
