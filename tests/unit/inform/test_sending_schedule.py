"""Which notice is next, and when a failed one is tried again."""

from __future__ import annotations

from tidegate.inform.notice_schedule import Schedule, SendingPolicy
from tidegate.world.retry import Breaker, Budget
from virtual_sending import OWN, hangs, is_down, send, works

NO_BREAKER = Breaker(least_calls_count=10**9)


def spread(count: int, receivers: int) -> dict[str, str]:
    return {f"n{i}": f"r{i % receivers}" for i in range(count)}


def test_all_is_delivered_at_the_first_try_where_all_answer():
    """As many attempts as notices, within the bounds of each receiver and of all."""
    notices = spread(3000, 3)
    found = send(notices, dict.fromkeys(set(notices.values()), works()), lasts_s=60)
    policy = SendingPolicy()
    assert (3000, 3000, 0) == (len(found.attempts), len(found.delivered_s), found.owed_count)
    assert max(found.most_running.values()) <= policy.receiver_count
    assert found.most_at_once <= policy.quick_count


def test_a_receiver_first_shows_that_it_answers():
    """The first sending to a receiver goes alone; after answers there are more at once."""
    schedule = Schedule(SendingPolicy(), 0.0)
    for i in range(20):
        schedule.owe(f"n{i}", "r", planned_s=0.0)
    sizes = []
    for now_s in range(5):
        taken = schedule.take(now_s)
        sizes.append(len(taken))
        for name in taken:
            schedule.delivered(name, now_s)
    assert [1, 2, 8, 9, 0] == sizes


def test_receivers_that_hang_do_not_slow_the_others():
    """With 400 hanging receivers before them, 2,000 good ones are served nearly as soon as without."""
    good = {f"n{i}": f"good{i}" for i in range(2000)}
    bad = {f"b{i}": f"bad{i}" for i in range(400)}
    behave = {**dict.fromkeys(good.values(), works()), **dict.fromkeys(bad.values(), hangs())}
    alone = max(send(good, behave, lasts_s=60).delivered_s.values())
    found = send({**bad, **good}, behave, lasts_s=120)
    last = max(found.delivered_s[name] for name in good)
    policy = SendingPolicy()
    assert len(good) == len(found.delivered_s)
    # Each of them keeps one quick place for a moment, and then goes to the other room.
    assert last <= alone + (len(bad) / policy.quick_count + 1) * policy.quick_s
    assert found.most_at_once <= 2 * policy.quick_count + policy.slow_count


def test_where_even_the_slow_room_is_full_the_oldest_makes_place():
    """A thousand hanging receivers cannot keep the others out: each quick place is free after a second."""
    policy = SendingPolicy(quick_count=8, slow_count=8)
    good = {f"n{i}": f"good{i}" for i in range(100)}
    bad = {f"b{i}": f"bad{i}" for i in range(300)}
    behave = {**dict.fromkeys(good.values(), works()), **dict.fromkeys(bad.values(), hangs())}
    found = send({**bad, **good}, behave, policy=policy, lasts_s=120)
    assert len(good) == len(found.delivered_s)
    assert max(found.delivered_s.values()) <= (len(bad) / policy.quick_count + 2) * policy.quick_s


def test_our_own_server_may_take_its_time():
    """A mail server that needs two seconds a mail keeps all its connections; a stranger gets two."""
    policy = SendingPolicy()
    own = send({f"n{i}": OWN for i in range(400)}, {OWN: works(2.0)}, lasts_s=3600)
    assert policy.receiver_count == own.most_running[OWN]
    assert max(own.delivered_s.values()) <= 2.0 * (400 / policy.receiver_count + 5)
    strange = send({f"n{i}": "r" for i in range(40)}, {"r": works(2.0)}, lasts_s=3600)
    assert policy.slow_receiver_count == strange.most_running["r"]


def test_one_receiver_that_is_down_is_left_alone_not_given_up():
    """Of 1,000 notices to it a few are tried; when it is back all are delivered."""
    notices = spread(1000, 1)
    found = send(notices, {"r0": is_down(until_s=600.0)}, lasts_s=3600)
    early = [at_s for at_s, _ in found.attempts if at_s < 600]
    policy = SendingPolicy()
    assert len(early) <= policy.breaker.least_calls_count + 600 / policy.breaker.open_s + 1
    assert (1000, 0) == (len(found.delivered_s), found.owed_count)


def test_the_budget_bounds_all_retries_together():
    """Half the receivers are down, with no breaker to help: retries stay within a share of the notices."""
    notices = {f"n{i}": f"r{i}" for i in range(5000)}
    behave = {f"r{i}": is_down() if i % 2 else works() for i in range(5000)}
    policy = SendingPolicy(breaker=NO_BREAKER)
    found = send(notices, behave, policy=policy, lasts_s=60)
    retries = len(found.attempts) - len(notices)
    assert 0 < retries <= policy.most_retries_count(len(notices), 60)
    assert len(found.attempts) <= 1.1 * len(notices)
    assert len(notices) == len(found.delivered_s) + found.owed_count


def test_a_refused_retry_waits_for_the_budget_and_goes_then():
    """No notice is lost because the budget was empty."""
    budget = Budget(tokens_count=1.0, fill_per_s=0.1)
    policy = SendingPolicy(budget=budget, breaker=NO_BREAKER)
    notices = {f"n{i}": f"r{i}" for i in range(20)}
    behave = dict.fromkeys(notices.values(), is_down(until_s=5.0))
    found = send(notices, behave, policy=policy, lasts_s=1000)
    assert (20, 0, 40) == (len(found.delivered_s), found.owed_count, len(found.attempts))


def test_retries_of_many_are_out_of_step():
    """What failed at one moment is not tried again at one moment."""
    notices = {f"n{i}": f"r{i}" for i in range(40)}
    policy = SendingPolicy(breaker=NO_BREAKER)
    found = send(notices, dict.fromkeys(notices.values(), is_down(until_s=1.0)), policy=policy, lasts_s=60)
    again = [round(at_s, 2) for at_s, _ in found.attempts[40:]]
    assert 40 == len(again)
    assert len(set(again)) > 30


def test_a_notice_is_given_up_after_days_and_not_before():
    """It is tried for three days, ever more rarely, and then said to have been given up."""
    policy = SendingPolicy(breaker=NO_BREAKER)
    found = send({"n": "r"}, {"r": is_down()}, policy=policy, lasts_s=4 * 86_400)
    tries = [at_s for at_s, _ in found.attempts]
    assert {"n"} == found.gave_up
    assert policy.give_up_after_s - policy.layer.cap_s <= tries[-1] <= policy.give_up_after_s
    assert len(tries) < 60


def test_a_receivers_own_wish_to_wait_is_kept():
    """Nothing is sent before the moment that it named."""
    schedule = Schedule(SendingPolicy(), 0.0)
    schedule.owe("n", "r", planned_s=0.0)
    assert ["n"] == schedule.take(0.0)
    assert 500.0 == schedule.failed("n", 1.0, lambda: 0.0, not_before_s=500.0)
    assert [] == schedule.take(499.0)
    assert ["n"] == schedule.take(500.0)


def test_what_was_tried_before_a_restart_is_a_retry_after_it():
    """A process that is killed again and again cannot spend more retries than the budget."""
    policy = SendingPolicy(budget=Budget(tokens_count=3.0), breaker=NO_BREAKER)
    schedule = Schedule(policy, 0.0)
    for i in range(10):
        schedule.owe(f"n{i}", f"r{i}", planned_s=0.0, tries_count=1)
    assert 3 == len(schedule.take(0.0))
