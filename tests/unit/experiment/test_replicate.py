from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from tidegate.experiment.replicate import BATCH_COUNT, DEAR_COUNT, HOPELESS_COUNT, SURE_COUNT, Rule, replicate


class Backwards(Executor):
    """Runs what it is given in reverse order, and hands it back in the order asked."""

    def map(self, fn, *iterables, timeout=None, chunksize=1, **_):
        given = list(zip(*iterables, strict=True))
        done = {i: fn(*given[i]) for i in reversed(range(len(given)))}
        return iter([done[i] for i in range(len(given))])

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def chance(replication):
    """A fixed mixture that depends on the number alone: about one in seven."""
    return (replication * 2654435761 % 2**32) / 2**32 < 1 / 7


def run(executor, rule, task=chance, **more):
    return replicate(task, bool, rule=rule, executor=executor, **more)


@pytest.fixture(name="one")
def one_thread():
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_the_executor_does_not_matter(one):
    """One thread, four threads and an executor that runs backwards give the same replications."""
    rule = Rule(threshold=0.1, most_count=400)
    with ThreadPoolExecutor(4) as four:
        found = [run(executor, rule) for executor in (one, four, Backwards())]
    assert found[0] == found[1] == found[2]


def test_outcomes_stand_in_order_of_replication(one):
    """Replication n is outcome n."""
    found = replicate(
        lambda i: i, lambda i: i % 2 == 0, rule=Rule(threshold=0.5, most_count=60), executor=one
    )
    assert tuple(range(len(found.outcomes))) == found.outcomes


def test_it_stops_after_the_first_batch_that_is_clear(one):
    """With no collapse the bound that holds at every look falls below 1 % after 400 runs and not before."""
    found = run(one, Rule(threshold=0.01), lambda _: False)
    assert 400 == len(found.outcomes)
    assert 0 == found.count
    assert found.bounds[1] < 0.01


def test_certain_collapse_takes_nine_runs_or_three_dear_ones(one):
    """Where all runs collapse nine are enough, and three where more would only be looked at."""
    rule = Rule(threshold=0.01)
    assert SURE_COUNT == len(run(one, rule, lambda _: True).outcomes)
    assert DEAR_COUNT == len(run(one, rule, lambda _: True, is_dear=lambda _: True).outcomes)


def test_one_that_holds_among_the_first_takes_the_whole_batch(one):
    """Where not all of the first collapse, twenty are looked at, dear or not."""
    for dear in (True, False):
        found = run(one, Rule(threshold=0.01), lambda i: i != 1, is_dear=lambda _, dear=dear: dear)
        assert BATCH_COUNT == len(found.outcomes)


def test_what_was_begun_goes_on(one):
    """Begun runs are not made again, and the answer is that of runs in one go."""
    rule, collapses = Rule(threshold=0.1, most_count=100), lambda i: i % 7 == 0
    made = []

    def task(i):
        made.append(i)
        return collapses(i)

    whole = run(one, rule, collapses)
    assert whole == run(one, rule, task, begun=whole.outcomes[:BATCH_COUNT])
    assert list(range(BATCH_COUNT, len(whole.outcomes))) == made


def test_it_stops_at_the_most_runs_allowed(one):
    """A share at the threshold never clears it; the most allowed ends it."""
    found = run(one, Rule(threshold=0.5, most_count=100), lambda i: i % 2 == 0)
    assert (100, 50) == (len(found.outcomes), found.count)


def test_what_cannot_be_shown_is_not_counted_to_the_end(one):
    """One in 100,000 is not to be seen in 2,000 runs: 400 are enough to say so."""
    assert HOPELESS_COUNT == len(run(one, Rule(threshold=1e-5), lambda _: False).outcomes)
    assert HOPELESS_COUNT < len(run(one, Rule(threshold=0.002), lambda _: False).outcomes)


@pytest.mark.parametrize("wanted", [1, 7, 20, 33])
def test_an_exact_number_of_runs(one, wanted):
    """As many runs as asked, whatever they show."""
    found = run(one, Rule(threshold=0.01, exact_count=wanted), lambda _: True)
    assert wanted == len(found.outcomes)


def test_progress_tells_after_each_batch_and_may_end_it(one):
    """Progress hears 0, 3, 9, 20, 40, 60, …; what it raises ends the runs."""
    heard = []

    def progress(done):
        heard.append(done)
        if done == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(one, Rule(threshold=0.5), lambda i: i % 2 == 0, progress=progress)
    assert [0, 3, 9, 20, 40, 60] == heard


def test_a_failing_run_is_not_swallowed(one):
    """What a run raises reaches the caller."""

    def task(_):
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        run(one, Rule(threshold=0.5), task)


def test_a_proof_is_given_up_as_soon_as_no_further_run_can_complete_it(one):
    """After one of 20, even 380 more without any would not show less than 1 %; of 2,000 they could."""
    found = run(one, Rule(threshold=0.01, most_count=400, is_proof=True), lambda i: i == 3)
    assert 20 == len(found.outcomes)
    found = run(one, Rule(threshold=0.01, most_count=2000, is_proof=True), lambda i: i == 3)
    assert 500 <= len(found.outcomes) < 2000
    assert found.bounds[1] < 0.01


def test_the_rule_reads_as_a_sentence():
    """Both kinds of rule say what they do."""
    assert "40 runs, as asked" == str(Rule(threshold=0.01, exact_count=40))
    counted = "batches of 20 runs until 95 % bounds that hold at every look are clear of 0.01, at most 2000"
    assert counted == str(Rule(threshold=0.01))
