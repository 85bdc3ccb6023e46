"""What the rig is planned to do for scans, links, sizes, warm-up, and instances with queues of their own."""

from __future__ import annotations

import re

import pytest
from rig_worlds import PLAIN, plan_of, script_of

from plan_text import plan_text
from tidegate.errors import InputError
from tidegate.rehearse.rig_plan import unsupported
from tidegate.rehearse.rig_steps import Command
from tidegate.rehearse.unsupported import unsupported_changes
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

SCANNED = PLAIN.replace(
    "queue_packets: 1000",
    "queue_packets: 100, table: {entries: 60, closed_hold: 1s, unanswered_hold: 4s}, "
    "background: {unanswered: 10/s, unanswered_sources: 3}",
).replace("name: plain", "name: scanned")
LINKED = PLAIN.replace("queue_packets: 1000", "queue_packets: 100, bandwidth: 8Mbit/s").replace(
    "service_law: fixed", "service_law: fixed, answer_size: 14kB"
)


def _faults(text: str) -> dict[str, str]:
    return {fault.path: str(fault) for fault in unsupported(script_of(text).phases[0].world)}


def test_scans_come_by_the_device_and_vanish_behind_it() -> None:
    """What nobody answers enters at the first network and is lost in the second; the device counts it."""
    plan = plan_of(SCANNED)
    (stray,) = plan.strays
    assert ("net-clients", "device1", ((0.0, 10.0, 3),)) == (stray.namespace, stray.interface, stray.rates)
    built = [step for step in plan.steps if isinstance(step, Command)]
    (lost,) = (step for step in built if "table ip nobody" in step.text)
    assert ("net-servers", True) == (lost.place, "ip daddr 10.2.64.0/18 drop" in lost.text)
    (counted,) = (step for step in built if "table ip strays" in step.text)
    assert "dev-device" == counted.place
    assert all(f"counter {name}" in counted.text for name in ("asked", "sent", "turned"))
    assert "10/s from 0 s on" in plan_text(plan)


def test_what_came_before_has_its_entries_and_the_rest_of_their_time() -> None:
    """Ten a second that are held for 4 s have left forty entries, which end evenly over 4 s."""
    steps = [step for step in plan_of(SCANNED).changes[0].steps if isinstance(step, Command)]
    (old,) = (step for step in steps if "add element ip flows entries" in step.text)
    left_ms = [int(word) for word in re.findall(r"timeout (\d+)ms", old.text)]
    assert 40 == len(left_ms)
    assert (150, 4050) == (left_ms[0], left_ms[-1])
    fewer = SCANNED.replace("entries: 60", "entries: 25")
    steps = [step for step in plan_of(fewer).changes[0].steps if isinstance(step, Command)]
    assert 25 == sum(step.text.count("timeout ") for step in steps if "add element" in step.text)


def test_a_scan_grows_and_ends_as_the_script_says() -> None:
    """A trigger changes how many come, and back."""
    grows = "triggers: {scan: {at: 5s, for: 5s, set: {crossings.device.background.unanswered: 90/s}}}\n"
    (stray,) = plan_of(SCANNED + grows).strays
    assert ((0.0, 10.0, 3), (5.0, 90.0, 3), (10.0, 10.0, 3)) == stray.rates


def test_scans_are_refused_where_linux_does_otherwise() -> None:
    """Beside a limit of open flows, and at a table that evicts; it is said which, and nothing else."""
    open_flows = SCANNED.replace("queue_packets: 100", "queue_packets: 100, admission: {concurrent: 50}")
    assert "Linux counts them" in _faults(open_flows)["crossings.device.background.unanswered"]
    evicts = SCANNED.replace("entries: 60", "entries: 60, when_full: evict")
    assert "forgets none of them" in _faults(evicts)["crossings.device.background.unanswered"]
    assert {} == _faults(SCANNED)


def test_a_link_is_a_bucket_of_bytes_each_way() -> None:
    """Each direction has one, as long as full packets may wait; no cable joins packets to one."""
    plan = plan_of(LINKED)
    words = [step.words for step in plan.changes[0].steps if isinstance(step, Command)]
    for side in ("left", "right"):
        assert any(
            f"dev {side} root" in each and "rate 8000000bit" in each and each.endswith("limit 151400")
            for each in words
        )
    built = [step.words for step in plan.steps if isinstance(step, Command)]
    assert 4 == sum("gso_max_segs 1" in each for each in built)
    assert not any("gso_max_segs" in step.words for step in plan_of(PLAIN).steps if isinstance(step, Command))


def test_links_are_refused_where_the_rig_has_no_means() -> None:
    """Answers that are transfers, and certificates."""
    large = LINKED.replace("14kB", "1MB")
    assert "answers above 64 KiB to base" in _faults(large)["crossings.device.bandwidth"]
    secret = LINKED.replace("answer_size: 14kB", "answer_size: 14kB, handshake_size: 4kB")
    assert "certificates of web" in _faults(secret)["crossings.device.bandwidth"]
    comes = PLAIN + "triggers: {narrow: {at: 5s, set: {crossings.device.bandwidth: 8Mbit/s}}}\n"
    with pytest.raises(InputError, match="a link that comes or goes"):
        plan_of(comes)


def test_instances_are_refused_where_the_rig_cannot_tell_them_apart() -> None:
    """A client's own instance is behind a translation; other rules are shown, with warm-up and sickness."""
    text = PLAIN.replace(
        "service_law: fixed",
        "service_law: fixed, instances: 4, warm_up: {time: 2s, slowdown: 5}, sick: {instances: 1}, "
        "balancing: {rule: RULE}",
    )
    assert {"services.web.balancing"} == set(_faults(text.replace("RULE", "consistent_hash")))
    for rule in ("random", "round_robin", "least_outstanding", "two_choices"):
        assert {} == _faults(text.replace("RULE", rule))
    (_, settings) = plan_of(text.replace("RULE", "random")).services[0].settings[0]
    assert ("random", 1, 2.0, 5.0) == (
        settings.rule,
        settings.sick_count,
        settings.warm_s,
        settings.slowdown_ratio,
    )


BOOTS = (
    PLAIN.replace(
        "web: {network: servers,",
        "config: {network: servers}\n  web: {network: servers, instances: 4, boot: {time: 1s, "
        "calls: [{service: config}]},",
    )
    .replace("services: {", "services:\n  ")
    .replace("service_law: fixed}}", "service_law: fixed}")
)
TURN = "activities: {roll: {kind: restart, service: web, at: 5s, at_once_most: 1}}\n"


def test_who_keeps_connections_to_what_goes_in_turn_is_refused() -> None:
    """Only the server knows when an instance goes: its clients could not break their connections then."""
    kept = BOOTS.replace("timeout: 500ms", "timeout: 500ms, connection: keep_alive")
    for text, faults in ((BOOTS, []), (kept, ["clients.base.connection"])):
        script = write_script(read_world(text + TURN, "test"), "roll")
        assert faults == [fault.path for fault in unsupported_changes(script)]


def test_a_device_that_comes_back_has_lost_its_flows() -> None:
    """What it set up before it was away is dropped; one that comes for the first time knows no other."""
    text = PLAIN.replace("queue_packets: 1000", "queue_packets: 1000, devices: FROM, remapped: 50%")
    text += "triggers: {away: {at: 5s, for: 2s, set: {crossings.device.devices: TO}}}\n"
    for before, between, forgets in ((2, 1, ["dev-device.2"]), (1, 2, [])):
        plan = plan_of(text.replace("FROM", str(before)).replace("TO", str(between)))
        steps = [step for each in plan.changes for step in each.steps if isinstance(step, Command)]
        assert forgets == [step.place for step in steps if "ct mark != 1 drop" in step.text]
