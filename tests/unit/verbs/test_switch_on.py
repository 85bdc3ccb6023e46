from __future__ import annotations

import pytest

from plan_text import plan_text
from tidegate.errors import InputError
from tidegate.rehearse.rig_plan import make_plan
from tidegate.rehearse.scale import Rehearsable
from tidegate.rehearse.switched_on import predicted_world
from tidegate.simulate.script import write_script
from tidegate.verbs.switch_on import InForce, switch_on
from tidegate.world.file.read import read_world

WORLD = """
name: small
horizon: 10s
networks: {homes: {}, servers: {}}
crossings:
  edge: {between: [homes, servers], forwarding: 5000/s, admission: {rate: 150/s, burst: 30}}
services: {web: {network: servers, concurrency: 100, service_time: 100us}}
clients:
  load: {network: homes, service: web, population: 200, demand: {kind: open, rate: 100/s}}
"""


def small(text: str = WORLD) -> Rehearsable:
    return Rehearsable(file=read_world(text, "small"), activity=None, scale=1.0, left_out=(), changed=())


def in_force(target: str, text: str = WORLD, *, server: str = "sleeping") -> InForce:
    return switch_on(target, small(text), server=server)


def typed(target: str, text: str = WORLD) -> str:
    script = write_script(small(text).file, None)
    return plan_text(make_plan(script, switched=in_force(target, text).switched))


def test_the_ruleset_takes_the_place_of_the_rigs_own_rule():
    """The written file is loaded on the device as it is, and the rig limits nothing by itself."""
    text = typed("nftables")

    assert in_force("nftables").switched.texts["edge"].strip() in text
    assert 1 == text.count("limit rate over 150/second")


@pytest.mark.parametrize("target", ["haproxy", "envoy"])
def test_a_proxy_stands_where_clients_reach_the_service(target):
    """The proxy listens at the service's address and passes on to the one behind it; no rule limits."""
    text = typed(target)
    written = in_force(target).switched.texts["edge"]

    assert written.strip() in text
    assert "10.2.0.1" in written
    assert "10.2.0.2" in written
    assert "# web (sleeping) in net-servers at 10.2.0.2:8001" in text
    assert "limit rate" not in text


def test_a_limit_at_the_device_is_predicted_as_the_world_says():
    """With nftables the predicted world is the world itself."""
    file = small().file

    assert file is predicted_world(file, in_force("nftables").switched)


def test_a_proxy_is_predicted_as_the_way_the_service_takes_connections():
    """The device lets everybody in; the service takes one connection at a time, at the claimed rate."""
    found = predicted_world(small().file, in_force("haproxy").switched).world

    assert found.crossings["edge"].admission is None
    web = found.services["web"]
    assert (1, 1, pytest.approx(1 / 150)) == (
        web.connections_count,
        web.concurrency_count,
        web.service_time_s,
    )
    assert 76 == web.accept_backlog_count


def test_a_proxy_that_refuses_is_predicted_as_an_error_of_the_service():
    """What is beyond the burst gets an answer at once, which is an error."""
    web = predicted_world(small().file, in_force("envoy").switched).world.services["web"]

    assert (30, "visible", None) == (web.queue_count, web.queue_when_full, web.connections_count)


def test_what_a_target_cannot_say_is_said():
    """HAProxy's own burst, and Envoy's closing instead of dropping, are told with the rehearsal."""
    assert any("no burst of its own" in one for one in in_force("haproxy").said)
    assert any("cannot drop" in one for one in in_force("envoy").said)


@pytest.mark.parametrize("target", ["nftables", "haproxy", "envoy"])
def test_there_must_be_a_limit(target):
    """A world without any limit has nothing to switch on."""
    with pytest.raises(InputError, match="no limit to switch on"):
        in_force(target, WORLD.replace(", admission: {rate: 150/s, burst: 30}", ""))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("burst: 30", "burst: 30, concurrent: 50", "only a rate"),
        ("forwarding: 5000/s", "forwarding: 5000/s, devices: 2", "several devices"),
        ("service_time: 100us", "service_time: 100us, queue: 100", "limits of its own"),
        ("service_time: 100us", "service_time: 1s", "the limit itself"),
        ("population: 200", "population: 200, connection: keep_alive", "stand at the start"),
    ],
)
def test_what_cannot_be_told_of_a_proxy_is_refused(old, new, says):
    """Where a proxy would mean something that is not predicted, it is not switched on."""
    with pytest.raises(InputError, match=says):
        in_force("haproxy", WORLD.replace(old, new))


def test_a_proxy_needs_the_sleeping_server():
    """Another server would count the proxy's connections as its own."""
    with pytest.raises(InputError, match="sleeping"):
        in_force("envoy", server="haproxy")


def test_a_limit_that_changes_is_refused():
    """The files are written once."""
    with pytest.raises(InputError, match="changes while it runs"):
        in_force(
            "nftables", WORLD + "triggers: {later: {at: 5s, set: {crossings.edge.admission.rate: 90/s}}}\n"
        )


def test_a_limit_that_the_target_has_no_words_for_is_refused():
    """Envoy has no limit for each source."""
    text = WORLD.replace("rate: 150/s, burst: 30", "rate: 150/s, per_source: 1/s")
    with pytest.raises(InputError, match="per_source"):
        in_force("envoy", text)
