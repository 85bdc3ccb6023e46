"""What the gate says of a world that has room for 39 connections, 2 an instance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gate_sample import KNOWN_BY_MANY, NAMES, SHOP, WORLD, Asked
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.kept_step import kept_step
from tidegate.gate.asking.worked_out import Found, Known, key_of
from tidegate.gate.change.plan import Plan, Reconnect
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

JOBS = "apps/v1/Deployment/prod/jobs"


def intent(before, after, address=SHOP, aliases=("prod/shop",)):
    one = Resized(address=address, before_count=before, after_count=after, aliases=aliases)
    return Intent(caller="check", plan=resizing("kubernetes", one))


@pytest.fixture(scope="module")
def worked():
    asked = Asked()
    for before in (4, 10):
        asked.gate.rule(replace(intent(before, before + 4), is_trial=True), 0.0)
    asked.work()
    return asked.gate.worlds[0].known


@pytest.fixture
def asked(worked):
    """A gate that knows what was worked out, in which nothing goes on."""
    made = Asked()
    made.gate.worlds[0].known.read(worked.text(), "kept.json")
    return made


def test_what_was_never_worked_out_cannot_be_told_and_is_handed_on():
    """The first answer comes at once, and the same question waits once."""
    made = Asked()
    ruling = made.gate.rule(intent(4, 10), 0.0)
    assert ("cannot_tell", "shop", True) == (ruling.verdict, ruling.world, (ruling.again_in_s or 0) > 0)
    assert ["kubernetes: apps/v1/Deployment/prod/shop 4-10"] == [key_of(one.plan) for one in made.questions]


@pytest.mark.parametrize(
    ("after", "verdict"), [(10, "proceed"), (18, "proceed"), (19, "slow_down"), (4, "proceed")]
)
def test_a_size_is_judged_by_the_limit_from_its_beginning(asked, after, verdict):
    """18 pods and one job hold 38; 19 would hold 40. The mechanism is named."""
    ruling = asked.gate.rule(intent(4, after), 0.0)
    assert verdict == ruling.verdict
    if verdict == "slow_down":
        assert 18 == ruling.allowed_count
        assert "db accepts 39 connections, and 40 are wanted" in ruling.why


def test_the_rest_of_a_step_is_worked_out_while_its_safe_part_goes_on(asked):
    """Who is brought down asks for the rest next: a doubt, by default, would let all of it through."""
    for _ in range(2):
        assert "slow_down" == asked.gate.rule(intent(4, 40), 0.0).verdict
    assert {"kubernetes: apps/v1/Deployment/prod/shop 18-40"} == {key_of(one.plan) for one in asked.questions}
    asked.work()
    asked.gate.let_through(intent(4, 40), 1.0, to_count=18)
    assert "stop" == asked.gate.rule(intent(18, 40), 30.0).verdict
    assert [] == asked.questions


def test_a_size_between_two_is_answered_by_the_lower_and_worked_out_for_itself(asked):
    """So that two gates that were asked other things before come to the same answer in the end."""
    ruling = asked.gate.rule(intent(7, 12), 0.0)
    assert ("proceed", 18) == (ruling.verdict, ruling.allowed_count)
    [question] = asked.questions
    assert (True, "7-12") == (question.can_wait, question.key.rpartition(" ")[2])
    asked.gate.rule(intent(10, 12), 0.0)
    assert 1 == len(asked.questions), "what is known of its very size is not asked again"


def test_two_safe_steps_are_one_until_the_first_has_settled(asked):
    """Each from 4 and from 10 is proven; together within 20 s they are a step from 4."""
    asked.gate.let_through(intent(4, 10), 0.0)
    within, after = asked.gate.rule(intent(10, 18), 10.0), asked.gate.rule(intent(10, 18), 21.0)
    assert ("from 4 ", "from 10 ") == (within.why[:7], after.why[:8])


def test_what_goes_on_elsewhere_in_the_world_counts(asked):
    """Jobs that grow at the same time take the room of pods; until both are proven nothing is told."""
    jobs = intent(1, 5, JOBS)
    asked.gate.rule(jobs, 0.0)
    asked.work()
    asked.gate.let_through(jobs, 1.0)
    assert "cannot_tell" == asked.gate.rule(intent(4, 16), 2.0).verdict
    asked.work()
    both = asked.gate.rule(intent(4, 16), 3.0)
    assert ("stop", True) == (both.verdict, "db" in both.why or "connections" in both.why), both.why
    after = asked.gate.rule(intent(4, 16), 30.0)
    assert ("cannot_tell", True) == (after.verdict, "jobs has gone to 5, and this world says 1" in after.why)


def test_nothing_is_said_of_what_no_world_knows(asked):
    other = resizing("kubernetes", Resized(address="x", before_count=1, after_count=9))
    ruling = asked.gate.rule(Intent(caller="check", plan=other), 0.0)
    assert ("cannot_tell", "") == (ruling.verdict, ruling.world)
    assert "known_as" in ruling.why


def test_a_change_that_is_not_understood_cannot_be_told(asked):
    """Pods that are replaced reconnect, and this world states no activity for that."""
    anew = Reconnect(address=SHOP, why="has another template")
    changed = Intent(caller="check", plan=Plan(changes=(), reconnects=(anew,), system="kubernetes"))
    asked.gate.rule(changed, 0.0)
    asked.work()
    assert "cannot_tell" == asked.gate.rule(changed, 1.0).verdict


def test_what_was_kept_holds_for_the_same_world_and_version_alone(worked):
    """Another number in the world, or another Tidegate, and nothing of it is believed."""
    same = Known(digest=worked.digest, version=worked.version)
    same.read(worked.text(), "kept.json")
    assert len(worked) == len(same) > 0
    for other in (Known(digest="x", version=worked.version), Known(digest=worked.digest, version="9")):
        other.read(worked.text(), "kept.json")
        assert 0 == len(other)


def test_a_world_that_is_renewed_forgets_its_limits_and_not_what_goes_on(asked):
    """Fewer connections: what was proven for more holds no longer."""
    asked.gate.let_through(intent(4, 10), 0.0)
    file = asked.gate.worlds[0].file
    asked.gate.renew(0, overlay(file, {"services.db.connections": 300}))
    assert "cannot_tell" == asked.gate.rule(intent(10, 14), 5.0).verdict
    assert "4-14" in asked.questions[-1].key


def test_the_steps_of_a_world_are_worked_out_beforehand():
    made = Asked()
    assert [SHOP, JOBS] == [one.plan.changes[0].address for one in made.gate.beforehand(0)]
    assert WORLD.count("known_as") == 2


def test_the_worst_of_several_worlds_that_know_it_counts():
    """The second has room for two pods more; what is let through goes on in both."""
    both = Asked(WORLD, WORLD.replace("connections: 39", "connections: 12"))
    both.gate.rule(intent(4, 12), 0.0)
    both.work()
    ruling = both.gate.rule(intent(4, 12), 1.0)
    assert ("slow_down", 5) == (ruling.verdict, ruling.allowed_count)
    both.gate.let_through(intent(4, 5), 2.0)
    assert [1, 1] == [len(one.recent.now(3.0).steps) for one in both.gate.worlds]


def test_one_thing_that_is_named_twice_goes_to_its_greatest_size(asked):
    """The last that is said of it is not all that is said of it."""
    plan = resizing(
        "kubernetes",
        Resized(address="prod/shop", before_count=4, after_count=60),
        Resized(address="prod/deployment/shop", before_count=4, after_count=5),
    )
    assert "slow_down" == asked.gate.rule(Intent(caller="check", plan=plan), 0.0).verdict


def test_parts_of_a_whole_count_together():
    """Two groups by `for_each`, each from 4 to 10: the world knows both by one name, and has room for 18."""
    made = Asked(KNOWN_BY_MANY)
    parts = (f'{NAMES["terraform"]}["{zone}"]' for zone in "ab")
    sizes = (Resized(address=one, before_count=4, after_count=10) for one in parts)
    both = Intent(caller="run-task", plan=resizing("terraform", *sizes))
    made.gate.rule(both, 0.0)
    made.work()
    ruling = made.gate.rule(both, 1.0)
    assert ("slow_down", 18) == (ruling.verdict, ruling.allowed_count)
    assert "from 8 only 18 was proven safe, not 20" in ruling.why


@pytest.mark.parametrize("kind", ["StatefulSet", "Rollout"])
def test_another_kind_of_the_same_name_is_another_thing(asked, kind):
    """The world knows the Deployment; what the other holds, it does not say."""
    ruling = asked.gate.rule(intent(4, 6, f"apps/v1/{kind}/prod/shop"), 0.0)
    assert ("cannot_tell", "") == (ruling.verdict, ruling.world)
    assert "no world here knows" in ruling.why


@pytest.mark.parametrize("name", ["prod/shop", "deployment/prod/shop"])
def test_a_world_that_names_it_otherwise_now_knows_what_was_let_through(asked, name):
    """What goes on, and the size that it went to, are of the same thing still."""
    asked.gate.let_through(intent(4, 10), 0.0)
    asked.gate.renew(0, read_world(WORLD.replace(SHOP, name), "shop.yaml"))
    asked.gate.rule(intent(10, 18, aliases=(name,)), 1.0)
    assert f"kubernetes: {name} 4-18" == key_of(asked.questions[-1].plan)
    said = asked.gate.rule(intent(1, 2, JOBS), 60.0)
    assert ("cannot_tell", f"{name} has gone to 10, and this world says 4: write it there.") == (
        said.verdict, said.why,
    )  # fmt: skip


def test_one_thing_that_callers_call_differently_is_one():
    """A group grows by Terraform, and its autoscaler asks by Kubernetes: one step from 4, and one size."""
    made = Asked(KNOWN_BY_MANY)
    sizes = Resized(address=NAMES["terraform"], before_count=4, after_count=10)
    by_plan = Intent(caller="run-task", plan=resizing("terraform", sizes))
    made.gate.rule(by_plan, 0.0)
    made.work()
    assert "proceed" == made.gate.rule(by_plan, 1.0).verdict
    made.gate.let_through(by_plan, 1.0)
    ruling = made.gate.rule(intent(10, 19), 2.0)
    assert ("slow_down", "from 4 only 18") == (ruling.verdict, ruling.why[:14])
    made.gate.let_through(intent(10, 4), 3.0)
    made.gate.rule(intent(1, 2, JOBS), 60.0)
    assert f"kubernetes: {JOBS} 1-2" == key_of(made.questions[-1].plan), "it is again what the world says"


@pytest.mark.parametrize("beside", ["aws_nat_gateway.way", "aws_nat_gateway.way[0]"])
def test_a_way_that_changes_with_it_is_not_passed_over(beside):
    """The pods have a name in Kubernetes too, the way has none: what it changes is not understood."""
    text = KNOWN_BY_MANY.replace(
        "forwarding: 100000/s", "forwarding: 100000/s, known_as: {terraform: aws_nat_gateway.way}"
    )
    made = Asked(text)
    sizes = resizing("terraform", Resized(address=NAMES["terraform"], before_count=4, after_count=10))
    plan = replace(sizes, resources=((NAMES["terraform"], ("desired_capacity",)), (beside, ("subnet_id",))))
    made.gate.rule(Intent(caller="run-task", plan=plan), 0.0)
    made.work()
    ruling = made.gate.rule(Intent(caller="run-task", plan=plan), 1.0)
    assert ("cannot_tell", True) == (ruling.verdict, "is not understood" in ruling.why)
    tags = replace(plan, resources=(*plan.resources[:1], ("aws_s3_bucket.logs", ("tags",))))
    made.gate.rule(Intent(caller="run-task", plan=tags), 1.0)
    [question] = made.questions
    assert "kubernetes" == question.plan.system, "what this world does not know hides no name"


def test_two_restarts_are_not_one():
    """Each alone was proven; the second is not, while the first goes on. The same may be asked again."""
    known = "anew: {kind: restart, service: db, at: 10s, known_as: {kubernetes: apps/v1/Deployment/prod"
    text = f"{WORLD}  shop_{known}/shop}}}}\n  jobs_{known}/jobs}}}}\n"
    made = Asked(text)

    def restart(address):
        again = Reconnect(address=address, why="has another template")
        return Intent(caller="check", plan=Plan(changes=(), reconnects=(again,), system="kubernetes"))

    for address in (SHOP, JOBS):
        made.gate.rule(restart(address), 0.0)
    for question in made.questions:
        made.gate.take(question, Found(verdict="proceed", why="was proven"))
    assert ["proceed"] * 2 == [made.gate.rule(restart(one), 1.0).verdict for one in (SHOP, JOBS)]
    made.gate.let_through(restart(SHOP), 1.0)
    verdicts = [made.gate.rule(restart(one), 2.0).verdict for one in (SHOP, JOBS)]
    assert ["proceed", "cannot_tell"] == verdicts
    assert "proceed" == made.gate.rule(restart(JOBS), 60.0).verdict


def test_how_many_clients_an_instance_is_must_be_said():
    """80 clients that are known as four pods are 20 each today, and nobody says so of twelve."""
    known = "known_as: {kubernetes: apps/v1/Deployment/prod/shop}"
    text = WORLD.replace("from: 4, to: 6, at: 10s, " + known, "from: 4, to: 6, at: 10s")
    text = text.replace("connections: 39,", "connections: 390,")
    made = Asked(text.replace("population: 8,", f"population: 80, {known},"))
    made.gate.rule(intent(12, 40), 0.0)
    made.work()
    ruling = made.gate.rule(intent(12, 40), 1.0)
    assert ("cannot_tell", True) == (ruling.verdict, "how many clients an instance is" in ruling.why)


def test_growth_from_none_is_answered_once(asked):
    """It cannot be told, and that is known when it is asked again."""
    asked.gate.rule(intent(0, 3), 0.0)
    asked.work()
    ruling = asked.gate.rule(intent(0, 3), 1.0)
    assert ("cannot_tell", []) == (ruling.verdict, asked.questions)
    assert "says only of more than none" in ruling.why


def test_a_doubt_beside_it_makes_nothing_safe(asked):
    """60 pods are too many, whatever else the same change does."""
    anew = Reconnect(address=SHOP, why="has another template")
    plan = Plan(changes=intent(4, 60).plan.changes, reconnects=(anew,), system="kubernetes")
    asked.gate.rule(Intent(caller="check", plan=plan), 0.0)
    asked.work()
    assert "stop" == asked.gate.rule(Intent(caller="check", plan=plan), 1.0).verdict


def test_what_may_yet_not_happen_is_remembered_as_that(asked):
    """A run that may be discarded makes no world again what it states, after a new beginning either."""
    entry = {"caller": "run-task", "system": "kubernetes", "through": True}
    for sizes, more in (("4 to 10", {}), ("10 to 4", {"unsure": True})):
        step = kept_step({**entry, "sizes": {SHOP: sizes}, **more})
        asked.gate.let_through(step.intent, 0.0, to_count=step.to_count, is_sure=step.is_sure)
    assert "shop has gone to 10" in asked.gate.rule(intent(1, 2, JOBS), 60.0).why


def test_those_who_left_are_taken_off_until_they_are_gone(asked):
    """From 4 to 18, back to 4, and up again: 14 that left may hold theirs still, and 28 more have no room."""
    at_once = {"is_at_once": True}
    asked.gate.let_through(replace(intent(4, 18), **at_once), 0.0)
    asked.gate.let_through(replace(intent(18, 4), **at_once), 5.0)
    within = asked.gate.rule(replace(intent(4, 18), **at_once), 10.0)
    assert ("stop", 4, 15.0) == (within.verdict, within.allowed_count, within.again_in_s)
    assert "from 4 only 18 was proven safe, not 18 with 14 that left and may still be there" in within.why
    assert "proceed" == asked.gate.rule(replace(intent(4, 18), **at_once), 25.1).verdict


def test_those_who_left_twice_are_taken_off_twice(asked):
    """Each time six left; the server asks twice about each change, milliseconds apart."""
    for at_s, sizes in ((0.0, (4, 10)), (3.0, (10, 4)), (6.0, (4, 10)), (9.0, (10, 4))):
        for echo_s in (0.0, 0.05):
            asked.gate.let_through(replace(intent(*sizes), is_at_once=True), at_s + echo_s)
    ruling = asked.gate.rule(replace(intent(4, 7), is_at_once=True), 12.0)
    assert ("slow_down", 6) == (ruling.verdict, ruling.allowed_count)
    assert "with 12 that left" in ruling.why


@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_scale_down_that_nobody_asked_about_is_told_by_the_next_question(asked, is_at_once):
    """A cluster asks about growth alone: 4 where 18 was let through means that 14 left, at the latest now."""
    asked.gate.let_through(replace(intent(4, 18), is_at_once=True), 0.0)
    again = replace(intent(4, 18), is_at_once=is_at_once)
    said = [asked.gate.rule(again, at_s) for at_s in (60.0, 70.0, 81.0)]
    assert ["stop", "stop", "proceed"] == [one.verdict for one in said]
    assert "with 14 that left" in said[1].why


def test_growth_that_nobody_asked_about_is_not_taken_for_calm(asked):
    """The gate was away: 10 stand where 4 were let be. Since when is not known: at the latest since now."""
    asked.gate.let_through(replace(intent(3, 4), is_at_once=True), 0.0)
    said = [asked.gate.rule(replace(intent(10, 19), is_at_once=True), at_s) for at_s in (60.0, 75.0, 81.0)]
    assert ["from 4 only", "from 4 only", "from 10 onl"] == [one.why[:11] for one in said]


@pytest.mark.parametrize("sizes", [(18, 19), (40, 19)])
def test_a_size_from_memory_is_not_believed_where_less_was_gone_to(asked, sizes):
    """A canary's file says 18, 19 or 40 for ever; the autoscaler went to 4, and was let through."""
    asked.gate.let_through(replace(intent(9, 4), is_at_once=True), 0.0)
    for at_s in (60.0, 120.0):
        ruling = asked.gate.rule(intent(*sizes), at_s)
        assert ("slow_down", "from 4 only 18") == (ruling.verdict, ruling.why[:14])
    assert "proceed" == asked.gate.rule(intent(9, 3), 120.0).verdict
    written = WORLD.replace("from: 4, to: 6", "from: 18, to: 19")
    asked.gate.renew(0, read_world(written, "shop.yaml"))
    asked.gate.rule(intent(18, 19), 180.0)
    assert "18-19" in asked.questions[-1].key, "what is written into the world holds"


def test_what_left_elsewhere_in_the_world_counts_as_there(asked):
    """Jobs went to 5 and back to 1: four of them may still hold 8 connections, so 18 pods are too many."""
    for at_s, sizes in ((0.0, (1, 5)), (5.0, (5, 1))):
        asked.gate.let_through(replace(intent(*sizes, JOBS), is_at_once=True), at_s)
    asked.gate.rule(intent(4, 18), 10.0)
    asked.work()
    beside = asked.gate.rule(intent(4, 18), 10.0)
    assert ("stop", True) == (beside.verdict, (beside.again_in_s or 0) > 0)
    assert f"{JOBS} 1-5" in (beside.grounds.judged if beside.grounds else "")
    assert "proceed" == asked.gate.rule(intent(4, 18), 26.0).verdict


def test_what_left_counts_in_each_world_and_for_all_parts_of_a_whole():
    """Two groups by `for_each` went down by Terraform, and an autoscaler grows them by Kubernetes."""
    both = Asked(KNOWN_BY_MANY, KNOWN_BY_MANY.replace("connections: 39", "connections: 60"))
    for watched in both.gate.worlds:
        both.gate.rule(replace(intent(4, 18), is_trial=True), 0.0)
        both.work()
        assert len(watched.known) > 0
    names = [f'{NAMES["terraform"]}["{zone}"]' for zone in "ab"]
    parts = (Resized(address=one, before_count=9, after_count=2) for one in names)
    down = Intent(caller="run-task", plan=resizing("terraform", *parts))
    both.gate.let_through(down, 0.0)
    ruling = both.gate.rule(replace(intent(4, 18), is_at_once=True), 10.0)
    assert ("stop", 4) == (ruling.verdict, ruling.allowed_count), ruling.why
    gone = [one.recent.now(9.0).gone_counts() for one in both.gate.worlds]
    assert [{SHOP: 14}] * 2 == gone


def test_a_service_that_became_smaller_makes_nothing_safe():
    """It grew and shrank again: what was proven with the larger one holds no more, nor with what is left."""
    db = "apps/v1/Deployment/prod/db"
    known = f"instances: 4, known_as: {{kubernetes: {db}}}}}"
    made = Asked(WORLD.replace("concurrency: 100}", f"concurrency: 100, {known}"))
    for at_s, sizes in ((0.0, (4, 9)), (5.0, (9, 4))):
        made.gate.let_through(replace(intent(*sizes, db, aliases=()), is_at_once=True), at_s)
    ruling = made.gate.rule(intent(4, 6), 10.0)
    assert ("cannot_tell", 15.0) == (ruling.verdict, ruling.again_in_s)
    assert "db has just become smaller" in ruling.why


def test_what_a_table_holds_on_is_there_for_as_long():
    """A NAT gateway keeps the entry of a closed flow for 120 s, though a step is over after 20."""
    made = Asked(WORLD.replace("forwarding: 100000/s", "forwarding: 100000/s, table: {entries: 1000}"))
    made.gate.rule(replace(intent(4, 18), is_trial=True), 0.0)
    made.work()
    made.gate.let_through(replace(intent(18, 4), is_at_once=True), 0.0)
    said = [made.gate.rule(replace(intent(4, 18), is_at_once=True), at_s) for at_s in (60.0, 121.0)]
    assert ["stop", "proceed"] == [one.verdict for one in said]
    assert 60.0 == said[0].again_in_s


def test_the_same_restart_a_second_time_is_another():
    """While pods are replaced, to replace them again is not what was proven; its echo is no second one."""
    known = f"anew: {{kind: restart, service: db, at: 10s, known_as: {{kubernetes: {SHOP}}}}}"
    made = Asked(f"{WORLD}  {known}\n")
    again = Reconnect(address=SHOP, why="has another template")
    plan = Plan(changes=(), reconnects=(again,), system="kubernetes")
    restart = Intent(caller="admission", plan=plan, is_at_once=True)
    made.gate.rule(restart, 0.0)
    for question in made.questions:
        made.gate.take(question, Found(verdict="proceed", why="was proven"))
    made.gate.let_through(restart, 1.0)
    said = [made.gate.rule(restart, at_s) for at_s in (1.1, 10.0, 30.0)]
    assert ["proceed", "cannot_tell", "proceed"] == [one.verdict for one in said]
    assert "a restart is going on" in said[1].why


def test_a_part_alone_is_judged_with_the_rest_of_the_whole():
    """One of two groups grows from 2 to 16, and the world says that both are 4: it is a step to 18."""
    made = Asked(KNOWN_BY_MANY)
    for after, verdict in ((16, "proceed"), (17, "slow_down")):
        part = Resized(address=f'{NAMES["terraform"]}["a"]', before_count=2, after_count=after)
        alone = Intent(caller="run-task", plan=resizing("terraform", part))
        made.gate.rule(alone, 0.0)
        made.work()
        ruling = made.gate.rule(alone, 0.0)
        assert (verdict, "from 4") == (ruling.verdict, ruling.why[:6])
