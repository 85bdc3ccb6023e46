"""The rig that is planned for a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig_worlds import DEVICES, LIMITS, PLAIN, TWO, WORLDS, plan_of, script_of

from plan_text import plan_text
from tidegate.errors import InputError
from tidegate.rehearse.rig_plan import make_plan, unsupported
from tidegate.rehearse.rig_steps import Command, SizeTable

GOLDEN = Path(__file__).parents[2] / "golden" / "rig"


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_plan_golden(name: str, update_golden: bool) -> None:
    """A plan reads as its golden script, character by character."""
    written = plan_text(plan_of(WORLDS[name]))
    golden = GOLDEN / f"{name}.txt"
    if update_golden:
        golden.write_text(written, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == written


def test_processor_is_rate_and_packets() -> None:
    """The processor's rate is packets a second of 1,000 bytes, its queue is counted in packets."""
    (change,) = plan_of(PLAIN).changes
    words = [step.words for step in change.steps if isinstance(step, Command)]
    assert any("tbf rate 16000000bit burst 2000" in word for word in words)
    assert any(word.endswith("pfifo limit 1000") for word in words)


def test_set_up_cost_is_billed_to_syns() -> None:
    """Where setting up costs eight packets' work, a packet of a SYN's length is billed as eight."""
    steps = plan_of(LIMITS).changes[0].steps
    (table,) = (step for step in steps if isinstance(step, SizeTable))
    billed = {length: table.billed_bytes[length // table.cell_bytes] for length in (54, 66, 74, 80, 130)}
    assert {54: 1000, 66: 1000, 74: 8000, 80: 1000, 130: 1000} == billed


def test_standing_connections_are_opened_before_there_are_limits() -> None:
    """Until just before the start a device forwards without limit and admits everybody."""
    plan = plan_of(LIMITS)
    built = plan.steps
    assert not any(isinstance(step, SizeTable) for step in built)
    assert any(isinstance(step, Command) and "rate 8000000000bit" in step.words for step in built)
    assert not any(isinstance(step, Command) and "limit rate" in step.text for step in built)
    assert -0.1 == plan.changes[0].at_s


def test_changes_touch_only_what_differs() -> None:
    """A trigger that sets an admission changes the admission, there and back, and nothing else."""
    _, *changes = plan_of(LIMITS).changes
    assert [5.0, 10.0] == [change.at_s for change in changes]
    for change in changes:
        (step,) = change.steps
        assert isinstance(step, Command)
        assert step.text.startswith("add table ip admission")


def test_each_client_has_its_own_address_where_sources_are_limited() -> None:
    """A limit per source needs as many addresses as clients; otherwise one is enough."""
    assert 600 == len(set(plan_of(LIMITS).client_addresses["base"]))
    assert 1 == len(plan_of(PLAIN).client_addresses["base"])


def test_absent_service_vanishes_until_it_comes() -> None:
    """Packets to a service without instances are dropped at its network, until it has one."""
    plan = plan_of(TWO)
    built = [step for step in plan.steps if isinstance(step, Command) and "absent8002" in step.text]
    assert 1 == len(built)
    assert "drop" in built[0].text
    _, change = plan.changes
    (undone,) = (step for step in change.steps if isinstance(step, Command))
    assert "drop" not in undone.text


def test_settings_follow_the_script() -> None:
    """A server is told every change of its service, and only that."""
    settings = {service.name: service.settings for service in plan_of(TWO).services}
    assert [0.0, 1.0] == [at_s for at_s, _ in settings["web"]]
    assert [0.001, 0.002] == [setting.service_time_s for _, setting in settings["web"]]
    assert [0, 1] == [setting.workers_count for _, setting in settings["near"]]


def test_shares_follow_the_skew() -> None:
    """The busier of two devices gets 60 % of the flows where the world says 20 % above its share."""
    (way,) = (
        step.words
        for step in plan_of(DEVICES).steps
        if isinstance(step, Command) and step.place == "net-clients" and "nexthop" in step.words
    )
    words = way.split()
    weights = [int(words[i + 1]) for i, word in enumerate(words) if word == "weight"]
    assert 0.6 == pytest.approx(weights[0] / sum(weights), abs=0.01)


def test_names_that_a_shell_would_read_are_made_plain() -> None:
    """A world's names may hold nearly anything; namespaces are called by letters and digits, each apart."""
    text = PLAIN.replace("clients: {}, servers: {}", "'$(x)/y': {}, '`x`;/y': {}").replace(
        "[clients, servers]", "['$(x)/y', '`x`;/y']"
    )
    text = text.replace("network: servers", "network: '`x`;/y'").replace(
        "network: clients", "network: '$(x)/y'"
    )
    names = [name for name, _ in plan_of(text).namespaces]
    assert ["net-__x__y.1", "net-_x___y.2", "dev-device"] == names


def test_everything_unsupported_is_named_at_once() -> None:
    """Each part without a rig is a fault at its path."""
    text = TWO.replace(
        "second: {between: [servers, middle]}",
        "second: {between: [servers, middle], queue_when_full: visible, background: {packets: 10/s}, "
        "admission: {per_source: 1/s}}",
    ).replace("instances: 0}", "instances: 0, calls: [{service: web}]}")
    world = script_of(text).phases[0].world
    paths = {fault.path for fault in unsupported(world)}
    assert {
        "crossings.second.queue_when_full",
        "crossings.second.background",
        "services.near.calls.0",
        "clients.far.network",
    } == paths
    with pytest.raises(InputError):
        make_plan(script_of(text))


def test_devices_that_come_and_go_have_linux_say_which_flows_move() -> None:
    """From one device to three Linux moves two flows of three; a world that says otherwise is refused."""
    text = PLAIN + "triggers: {more: {at: 1s, set: {crossings.device.devices: 3}}}\n"
    with pytest.raises(InputError, match=r"crossings\.device\.remapped.*66\.7%, from 1 devices to 3"):
        plan_of(text)
    with pytest.raises(InputError, match=r"crossings\.device\.flow_state"):
        plan_of(text.replace("queue_packets", "flow_state: kept, queue_packets"))
    plan = plan_of(text.replace("queue_packets", "remapped: 66.7%, queue_packets"))
    assert 3 == len(plan.devices["device"])
    (routes,) = [change for change in plan.changes if change.at_s == 1.0]
    replaced = [step.words for step in routes.steps if isinstance(step, Command)]
    assert 3 == next(words for words in replaced if "route replace 10.2.0.0/16" in words).count("nexthop")
    built = [step.words for step in plan.steps if isinstance(step, Command)]
    assert any("route add 10.2.0.0/16 via" in words for words in built)


@pytest.mark.parametrize(("share", "expected"), [("190/s", "190/second"), ("20/min", "20/minute")])
def test_rates_in_whole_numbers(share: str, expected: str) -> None:
    """A rate is written in the unit in which it is a whole number."""
    text = PLAIN.replace("queue_packets: 1000", f"queue_packets: 1000, admission: {{rate: {share}}}")
    assert f"limit rate over {expected} burst" in plan_text(plan_of(text))
