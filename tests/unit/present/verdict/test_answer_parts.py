"""The answer under its labels: what decides, what to do, how sure; nothing that warns is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

import present_sample as sample
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.remedy import Setting
from tidegate.evaluate.judging.verdict import Ranges
from tidegate.present.verdict.answer import answer_of, says
from tidegate.present.verdict.said import Asked


def told(verdict, label: str) -> str:
    return " ".join(answer_of(verdict, Asked(world="w.yaml")).parts[label].must)


@pytest.mark.parametrize("verdict", ["slow_down", "protect_first", "stop"])
def test_it_says_how_to_find_out_whether_the_belief_is_true(verdict: str) -> None:
    """Who measures what the answer hangs on needs neither to wait nor to protect."""
    said = told(replace(sample.PROTECT_FIRST, verdict=verdict), "do")
    belief = "back-off works when the endpoint list changes"
    assert f"ind out first whether {belief}, which is enough: measure with" in said


def test_a_stop_says_whether_it_is_enough_to_show_what_it_hangs_on() -> None:
    """Whoever shows it is not held up again, or is told that more stands in the way."""
    sure_then = "Otherwise very likely to hold (2 of 800 runs fail, 1 of 40 worlds)."
    assert sure_then in told(sample.STOP, "sure")
    half = (Ranges(case="believed", collapse=sample.probability(0.5, 0.3, 0.7, 40), numbers_count=9),)
    more = replace(sample.STOP, condition_settles=False, ranges=(*half, sample.STOP.ranges[1]))
    assert "which alone is not enough: measure with" in told(more, "do")
    beyond = "which nobody has measured; with other guesses 20 of 40 worlds fail even then"
    assert beyond in answer_of(more).remedy
    assert "Otherwise" not in told(more, "sure")


def test_one_slower_pace_that_fails_is_not_all_that_are_slower() -> None:
    """Of paces that were not tried nothing is said; one that holds as believed alone is no way out."""
    said = "Slower is not enough: over 16 min, the one pace tried, 24 of 200 runs fail, even as believed."
    assert said in told(sample.STOP, "do")
    calm = replace(sample.SLOWER, collapse=sample.probability(0.0, 0.0, 0.17, 20))
    cases = (sample.BELIEVED, sample.BACK_OFF_FAILS, sample.NOT_ACTING, calm)
    answer = answer_of(replace(sample.STOP, cases=cases))
    assert "Slower is not shown to hold: over 16 min is the one pace tried." in answer.do.must
    headings = ("planned, if back-off fails", "planned, otherwise", "no change, otherwise")
    assert headings == answer.compared.headings


def test_commands_name_the_world_and_the_activity_as_they_have_to() -> None:
    """A command can be typed as it stands; of a world that no file states it says how to get one."""
    assert "`tidegate ramp w.yaml --activity scale_metadata`" in told(sample.SLOW_DOWN, "do")
    (nowhere, *_) = answer_of(sample.SLOW_DOWN).do.must
    assert "`--save WORLD`" in nowhere


def test_what_the_worlds_drawn_say_is_told_beside_the_runs() -> None:
    """The numbers as they are and the numbers off are two things, each with its count."""
    said = told(sample.STOP, "sure")
    assert said.startswith("If back-off fails, very likely to fail. Taking 9 guesses as true, 252 of 260 ")
    assert "runs do not recover (luck aside, 93 to 99 in 100); 1 in 100 is accepted." in said
    assert "With other numbers from the 9 ranges, 33 of 40 worlds fail" in said


def test_what_passes_on_a_condition_is_as_sure_as_the_plan_is() -> None:
    """The case in which the belief is wrong is told as a reason, and is not what the answer rests on."""
    calm = sample.PROCEED.cases[0]
    verdict = replace(
        sample.PROCEED, condition=sample.STOP.condition, cases=(calm, sample.BACK_OFF_FAILS), ranges=()
    )
    assert told(verdict, "sure").startswith("Practically certain. Taking 9 guesses as true, all 400 runs ")


def test_few_runs_get_no_word_that_sounds_unlikely() -> None:
    """Three of three that fail are no reason to call it unlikely."""
    few = replace(sample.BACK_OFF_FAILS, collapse=sample.probability(1.0, 0.29, 1.0, 3))
    said = told(replace(sample.STOP, cases=(sample.BELIEVED, few)), "sure")
    assert said.startswith("If back-off fails, sure that too many fail. Taking 9 guesses as true, 3 of 3 ")
    assert "runs do not recover (luck aside, at least 29 in 100); 1 in 100 is accepted." in said


def test_the_least_it_may_be_does_not_stand_where_it_reads_as_the_share() -> None:
    """*At least 29 in 100* beside 3 of 3 runs was read as a share by five of five: it is compared."""
    few = replace(sample.BACK_OFF_FAILS, collapse=sample.probability(1.0, 0.29, 1.0, 3))
    (said, *_) = answer_of(replace(sample.STOP, cases=(sample.BELIEVED, few))).sure.brief
    assert (
        "If back-off fails, sure that more than the accepted 1 in 100 fail: 3 of 3 runs do with 9 guesses as "
        "given, 33 of 40 worlds with other guesses." == said
    )


def test_what_is_not_known_yet_is_not_told_as_if_the_values_given_were() -> None:
    """50 of 160 runs of values that decide are no stop: what other values do stands beside."""
    said = told(sample.CANNOT_TELL, "sure")
    assert said.startswith(
        "Not at all yet. With 9 guesses as given, 50 of 160 runs do not recover (accepted: "
    )
    assert "that is so of these values alone: of 40 worlds with other guesses 17 fail and 23 hold." in said
    assert "in 100 would not" not in said
    why = told(sample.CANNOT_TELL, "why")
    assert "With 20k/s all 40 worlds hold" in why
    assert "towards 5k/s it is not safe; where between them it turns is not known." in why
    assert "10k/s on each device, assumed between 5k/s and 20k/s" in answer_of(sample.CANNOT_TELL).remedy


def test_what_ignoring_it_costs_says_in_which_case() -> None:
    """With a belief wrong, either way, in part, or at the values that are only assumed."""

    def blind(verdict, *cases: str) -> str:
        dark = tuple(replace(one, case=cases[i % len(cases)]) for i, one in enumerate(sample.DARK))
        return told(replace(verdict, dark=dark), "else")

    wrong = sample.BACK_OFF_FAILS.name
    assert "within seconds if back-off fails: monitoring" in blind(sample.STOP, wrong)
    assert "within seconds either way: monitoring" in blind(sample.STOP, "believed")
    partly = "within seconds, some of it only if back-off fails: monitoring"
    assert partly in blind(sample.STOP, "believed", wrong)
    assert "within seconds at the values assumed: monitoring" in blind(sample.CANNOT_TELL, "believed")
    dark = tuple(replace(one, case="believed") for one in sample.DARK)
    (shortly,) = answer_of(replace(sample.STOP, dark=dark)).otherwise.brief
    assert shortly.startswith(
        "You would be blind within seconds either way, for a while at least: monitoring and 3"
    )


def test_numbers_of_several_devices_say_so() -> None:
    """What all can do together beside what each can was taken for a contradiction by four of five."""
    for verdict in sample.SAMPLES.values():
        said = told(verdict, "why").replace("\u00a0", " ")
        assert ("60 k" in said) == ("(6 devices together)" in said)


def test_arithmetic_is_certain_and_contrary_runs_are_told() -> None:
    """A count is a count; that the runs recover all the same is not hidden."""
    over = replace(sample.BELIEVED, exceeded=("db accepts 100 connections, and 200 are wanted",),
                   collapse=sample.probability(0.0, 0.0, 0.14, 20))  # fmt: skip
    verdict = replace(sample.STOP, condition="", condition_settles=False, cases=(over,), ranges=())
    said = told(verdict, "sure")
    opening = (
        "Certain, as far as these numbers are true (9 of this world's are guesses): a count. All 20 runs"
    )
    assert f"{opening} are normal again at the end, and yet the limit is exceeded." == said


def test_what_does_not_hold_over_the_ranges_says_so() -> None:
    """Where the world at hand holds, and slower is better all the same, the ranges are the reason."""
    ranges = (Ranges(case="believed", collapse=sample.probability(0.25, 0.1, 0.4, 40), numbers_count=1),)
    calm = replace(sample.BELIEVED, collapse=sample.probability(0.0, 0.0, 0.009, 400))
    verdict = replace(
        sample.SLOW_DOWN,
        condition="",
        condition_settles=False,
        cases=(calm, *sample.SLOW_DOWN.cases[2:]),
        ranges=ranges,
    )
    assert "It holds at the numbers given, but with another from its range, 10 of 40" in told(verdict, "why")
    assert "objective" not in told(verdict, "sure")


def test_every_other_case_that_fails_is_named() -> None:
    """A column is for one counter-belief; that it fails in others as well is said."""
    others = tuple(
        replace(sample.BACK_OFF_FAILS, name=f"counter:{i}", title=f"belief {i} fails") for i in range(3)
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, sample.BACK_OFF_FAILS, *others))
    assert "It fails as well if belief 0 fails, if belief 1 fails, if belief 2 fails." in told(verdict, "why")


def test_a_belief_can_be_what_decides() -> None:
    """Where a belief decides and is not known, no range is spoken of."""
    verdict = replace(
        sample.CANNOT_TELL, deciding=sample.RESTS_ON[0].path, rests_on=sample.RESTS_ON, needed=()
    )
    assert "We do not know whether back-off works when the endpoint list changes, and it decides." == told(
        verdict, "why"
    )
    assert "it depends on whether back-off works" in answer_of(verdict).remedy


def test_proceed_says_that_beliefs_were_tested_and_what_it_leaves_nothing_of() -> None:
    """Where no counter-belief changes the answer, that is said; so is a limit that is exactly full."""
    note = "It leaves nothing: 4,000 of 4,000 of the connections that db accepts."
    counter = replace(sample.BACK_OFF_FAILS, collapse=sample.PROCEED.cases[0].collapse)
    verdict = replace(sample.PROCEED, cases=(*sample.PROCEED.cases, counter), notes=(note,))
    said = told(verdict, "why")
    assert "That holds whichever one of the beliefs is wrong." in said
    assert note in said


def test_more_settings_than_fit_beside_the_word_are_all_told() -> None:
    """A protection of several settings is worth nothing without one of them."""
    remedy = sample.PROTECT_FIRST.remedy
    several = replace(
        remedy, settings=(*remedy.settings, Setting(path="crossings.edge.admission.burst", value="12"))
    )
    said = told(replace(sample.PROTECT_FIRST, remedy=several), "do")
    assert "crossings.edge.admission.rate=3500/s" in said
    assert "crossings.edge.admission.burst=12" in said


def test_json_has_the_same_words_under_the_same_labels() -> None:
    """Who reads the JSON reads what stands in the terminal."""
    answer = answer_of(sample.STOP)
    words = says(answer)
    assert ["verdict", "remedy", "why", "do", "sure", "else", "note"] == list(words)
    assert answer.remedy == words["remedy"]


HERD = Limit(
    place_kind="service", place="db", path="services.db.login.timeout", kind="time", wanted=12.0, allowed=5.0,
    least_wanted=12.0, says="all of them ask db for 24 s of work",
)  # fmt: skip


@pytest.mark.parametrize(
    ("slower", "kind", "says"),
    [
        (True, "time", "This is a count, not a forecast; over 16 min the limit is kept."),
        (False, "time", "This is a count, not a forecast."),
        (False, "stock", "This is a count, not a forecast: no pace helps."),
    ],
)
def test_that_no_pace_helps_is_said_only_where_none_does(slower: bool, kind: str, says: str) -> None:
    """Beside a slower pace with which the limit is kept, and of a herd, whose time is a matter of pace."""
    over = replace(sample.BELIEVED, exceeded=(HERD.says,))
    verdict = replace(
        sample.STOP,
        condition="",
        condition_settles=False,
        cases=(over, *((sample.SLOWER,) if slower else ())),
        notes=(f"By arithmetic: {HERD.says}.",),
        narrowest=replace(HERD, kind=kind),
    )
    assert says in answer_of(verdict).why.must


def test_what_comes_of_it_is_not_why_in_other_words() -> None:
    """That so little succeeds in the worst minute stood beside the verdict, under *why* and under *else*."""
    missed = "agents: 0.0 % of requests succeed in the worst minute; the objective is 20.0 %."
    few = replace(sample.BELIEVED.clients[0], success_floor_ratio=0.0, unserved_s=82.0)
    case = replace(sample.BELIEVED, clients=(few, *sample.BELIEVED.clients[1:]), recovery_s=90.0)
    verdict = replace(
        sample.STOP,
        condition="",
        condition_settles=False,
        cases=(case,),
        failed_objectives=(missed,),
        dark=(),
    )
    answer = answer_of(verdict)
    (otherwise,) = answer.otherwise.must
    assert "Nobody is answered for 82 s; service is normal again after 90 s." == otherwise.replace(
        "\xa0", " "
    )
    assert "In the worst minute" not in " ".join((*answer.why.must, *answer.otherwise.must))


@pytest.mark.parametrize(
    ("failed", "says"),
    [
        (0, "with that it holds over all of the ranges"),
        (1, "with that 39 of 40 worlds drawn from the ranges hold"),
    ],
)
def test_one_remedy_has_one_number_everywhere(failed: int, says: str) -> None:
    """A slower pace beside it had a column of its own, and *all of the ranges* stood beside 39 of 40."""
    protected = next(one for one in sample.PROTECT_FIRST.cases if one.name == "protected")
    share = sample.probability(failed / 40, 0.0, 0.13, 40)
    drawn = Ranges(case="protected", collapse=share, numbers_count=9)
    verdict = replace(
        sample.CANNOT_TELL,
        remedy=sample.PROTECT_FIRST.remedy,
        cases=(*sample.CANNOT_TELL.cases, sample.SLOWER, protected),
        ranges=(*sample.CANNOT_TELL.ranges, drawn),
    )
    answer = answer_of(verdict)
    assert says in " ".join(answer.do.must)
    assert "protected" in [case.name for case in answer.compared.cases]
    assert "slower" not in [case.name for case in answer.compared.cases]
