from __future__ import annotations

import pytest

from tidegate.simulate.idle import idle_sentences, idle_settings
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: w
horizon: 1min
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b], setup: 1000/s}}
services: {web: {network: b, concurrency: 100, service_time: 5ms}}
clients:
  app: {network: a, service: web, population: 10, connection: keep_alive, timeout: 5s,
        demand: {kind: closed, think: 1s}}
activities:
  grow: {from: 10, to: 12, at: 10s, clients_added: app, reactions: [{clients: app, reconnect: 50%}]}
"""


def told(changes, activity="grow"):
    return idle_sentences(overlay(read_world(WORLD, "w.yaml"), changes), activity)


def test_where_everything_acts_nothing_is_told():
    """The activity, its reaction, a belief and a range that each make a difference."""
    belief = {"says": "a", "counter": {"clients.app.after_timeout": "keep"}}
    ranged = {"value": "5ms", "low": "1ms", "high": "9ms", "basis": "assumed"}
    assert () == told({"beliefs": {"keeps": belief}, "services.web.service_time": ranged})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beliefs": {"keeps": {"says": "a", "counter": {"clients.app.after_timeout": "rebuild"}}}},
         "The counter-belief keeps changes nothing: clients.app.after_timeout is already rebuild."),
        ({"beliefs": {"lifo": {"says": "a", "counter": {"retry_policies.idle.layers.0.base": "9s"}}},
          "retry_policies": {"idle": [{"retries": 1, "base": "1s"}]}},
         ("The counter-belief lifo changes nothing: nothing here depends on "
         "retry_policies.idle.layers.0.base.")),
        ({"activities.grow.to": 10, "activities.grow.reactions": []},
         "The activity grow changes nothing: all is as it was before."),
        ({"activities.grow.reactions.0.reconnect": "1%"},
         "activities.grow.reactions.0 changes nothing: none of app reacts."),
        ({"triggers": {"same": {"at": "5s", "set": {"clients.app.population": 10}}}},
         "The trigger same changes nothing: all is as it was before."),
    ],
)  # fmt: skip
def test_what_changes_nothing_is_told(changes, words):
    """One sentence says what, and why where that is plain."""
    assert words == told(changes)[0]


def test_a_range_on_which_nothing_depends_is_told():
    """The tables of both ends are the same."""
    ranged = {"value": "20%", "low": "10%", "high": "90%", "basis": "assumed"}
    found = told({"crossings.nat.remapped": ranged, "services.web.service_cv": "1"})
    assert () == found
    found = told({"activities.grow.pause": {"value": "1s", "low": "1s", "high": "9s", "basis": "assumed"}})
    assert ("The range of activities.grow.pause changes nothing: nothing here depends on it.",) == found


def test_a_setting_that_is_so_already_is_told():
    """And one that changes something is not."""
    file = read_world(WORLD, "w.yaml")
    found = idle_settings(file, {"clients.app.timeout": "5000ms", "horizon": "2min"})
    assert ("The setting clients.app.timeout=5000ms changes nothing: it is so already.",) == found


def test_a_setting_that_takes_a_range_away_says_so():
    """The number stays as it is, and the answer may not: of an idle range that is not said."""
    ranged = {"value": "5s", "low": "1s", "high": "30s", "basis": "assumed"}
    file = overlay(read_world(WORLD, "w.yaml"), {"clients.app.timeout": ranged, "crossings.nat.skew": 2})
    said = "The setting clients.app.timeout=5s takes away its range, 1s to 30s (assumed): it counts as known."
    assert (said,) == idle_settings(file, {"clients.app.timeout": "5s"})
    assert () == idle_settings(file, {"clients.app.timeout": "6s"})


@pytest.mark.parametrize(
    ("path", "value", "beside"),
    [
        ("crossings.nat.skew", 2, {"crossings.nat.devices": 2}),
        ("services.web.accept_backlog", 7, {"services.web.connections": 100}),
        ("services.web.connections_when_full", "refuse", {"services.web.connections": 100}),
        ("clients.app.title", "apps", None),
    ],
)
def test_a_setting_on_which_nothing_depends_is_told(path, value, beside):
    """Unless what it needs to act is set beside it."""
    file = read_world(WORLD, "w.yaml")
    said = (f"The setting {path}={value} changes nothing: nothing here depends on it.",)
    assert said == idle_settings(file, {path: value})
    if beside is not None:
        assert () == idle_settings(file, {path: value, **beside})


def test_a_retry_policy_that_nobody_names_is_told():
    """By a population or a counter-belief it is named."""
    policies = {"retry_policies": {"calmly": {"layers": [{"retries": 2, "base": "1s"}]}}}
    said = ("The retry policy calmly changes nothing: nobody here retries by it.",)
    assert said == told(policies)
    assert () == told({**policies, "clients.app.retry": "calmly"})
    belief = {"wait": {"says": "a", "counter": {"clients.app.retry": "calmly"}}}
    assert () == told({**policies, "beliefs": belief})


def test_sessions_that_nobody_resumes_cannot_be_lost():
    """Without resumption a cold start is as any other; with it, it is not."""
    cold = {"activities.grow.reactions.0.cold": True}
    resumed = {"services.web.setup_time": "5ms", "services.web.resumption": "50%"}
    assert ("activities.grow.reactions.0.cold changes nothing: app resume no sessions.",) == told(cold)
    assert () == told(cold | resumed)


def test_an_activity_that_counts_from_another_number_is_told():
    """The world has one instance, and the activity was written for ten."""
    changes = {"activities.grow.service": "web", "activities.grow.from": 10}
    assert ("activities.grow.from is 10, and web has 1 before it.",) == told(changes)
    assert () == told(changes | {"services.web.instances": 10})


@pytest.mark.parametrize(
    ("section", "ranged"),
    [
        ("services.web.resumption", {"value": "50%", "low": "10%", "high": "90%", "basis": "assumed"}),
        ("crossings.nat.skew", {"value": "1", "low": "0.5", "high": "2", "basis": "assumed"}),
    ],
)
def test_what_acts_only_together_with_another_key_is_told(section, ranged):
    """No set-up to be saved, no second device to be uneven with."""
    text = WORLD.replace("setup: 1000/s}", "setup: 1000/s, skew: 1}") if "skew" in section else WORLD
    text = text.replace("service_time: 5ms}", "service_time: 5ms, resumption: 50%}")
    file = overlay(read_world(text, "w.yaml"), {section: ranged})
    assert (f"The range of {section} changes nothing: nothing here depends on it.",) == idle_sentences(
        file, "grow"
    )


def test_a_belief_on_kept_connections_is_told_where_none_is_kept():
    """Each request has a connection of its own, whatever is done with late ones."""
    text = WORLD.replace("connection: keep_alive, ", "").replace(
        ", reactions: [{clients: app, reconnect: 50%}]", ""
    )
    belief = {"keeps": {"says": "a", "counter": {"clients.app.after_timeout": "keep"}}}
    said = idle_sentences(overlay(read_world(text, "w.yaml"), {"beliefs": belief}), "grow")
    assert said == (
        "The counter-belief keeps changes nothing: nothing here depends on clients.app.after_timeout.",
    )
