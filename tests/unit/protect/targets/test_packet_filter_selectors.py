"""A limit of a packet filter belongs to its selector: taken where it sees all new flows, told where not."""

from __future__ import annotations

import json

import pytest

import protected_world as sample
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "crossings.edge.admission."
RATE = {AT + "rate": 100.0, AT + "burst": 20, AT + "on_excess": "drop"}
OVER = "limit rate over 100/second burst 20 packets drop"


def chain(*rules, hook="forward", policy="accept", before=""):
    """Return a ruleset with one base chain."""
    lines = "\n".join(f"    {rule}" for rule in rules)
    head = f"type filter hook {hook} priority 0; policy {policy};"
    return f"table inet f {{\n{before}  chain c {{\n    {head}\n{lines}\n  }}\n}}\n"


def saved(*rules, policy="ACCEPT"):
    """Return what iptables-save prints of rules."""
    return "\n".join(["*filter", f":FORWARD {policy} [0:0]", ":G - [0:0]", *rules, "COMMIT", ""])


def as_json(*statements):
    """Return one forwarding chain with one rule, as nft -j prints it."""
    where = {"family": "inet", "table": "f"}
    base = {"type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}
    objects = [
        {"metainfo": {"json_schema_version": 1}},
        {"table": {"family": "inet", "name": "f"}},
        {"chain": {**where, "name": "c", **base}},
        {"rule": {**where, "chain": "c", "expr": list(statements)}},
    ]
    return json.dumps({"nftables": objects})


NEW = {"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}
LIMIT = {"limit": {"rate": 100, "burst": 20, "per": "second", "inv": True}}
PORT_22 = {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 22}}

ALL = {
    "no selector": chain(f"ct state new {OVER}"),
    "the protocol": chain(f"meta l4proto tcp ct state new {OVER}"),
    "what is left of established flows": chain("ct state established,related accept", OVER),
    "a map of states": chain("ct state vmap { established : accept, related : accept }", OVER),
    "every interface that is named": chain(
        f'iifname {{ "lan0", "lan1" }} ct state new {OVER}', 'iifname "lo" accept'
    ),
    "loopback before it": chain('iifname "lo" accept', f"ct state new {OVER}"),
    "a limit with a name": chain(
        'ct state new limit name "n" drop', before="  limit n { rate over 100/second burst 20 packets }\n"
    ),
    "a chain that is jumped to": chain("ct state new jump g", before=f"  chain g {{\n    {OVER}\n  }}\n"),
    "the excess of a chain meets what follows the jump": chain(
        "ct state new jump g",
        policy="drop",
        before="  chain g {\n    limit rate 100/second burst 20 packets accept\n  }\n",
    ),
    "the ports of its services": chain(f"tcp dport {{ 443, 8443 }} ct state new {OVER}"),
    "the addresses of its services": chain(f"ip daddr 10.9.0.0/16 ct state new {OVER}"),
    "JSON": as_json(NEW, LIMIT, {"drop": None}),
    "iptables": saved(
        "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A FORWARD -p tcp -j G",
        "-A G -m limit --limit 100/sec --limit-burst 20 -j ACCEPT",
        "-A G -j DROP",
    ),
}
PART = {
    "one port": (chain(f"tcp dport 22 ct state new {OVER}"), "only tcp dport 22"),
    "one address": (chain(f"ip daddr 10.1.1.1 ct state new {OVER}"), "only ip daddr 10.1.1.1"),
    "one source": (chain(f"ip saddr 10.1.1.1 ct state new {OVER}"), "only ip saddr 10.1.1.1"),
    "one interface of several": (
        chain(f'iifname "mgmt" ct state new {OVER}', 'iifname "lan" accept'),
        'only iifname "mgmt"',
    ),
    "a mark": (chain(f"meta mark 7 ct state new {OVER}"), "only meta mark 7"),
    "what ends here": (chain(f"ct state new {OVER}", hook="input"), "ends at this machine"),
    "after an exception": (
        chain("tcp dport 443 accept", f"ct state new {OVER}"),
        "lets a part in before it (tcp dport 443 accept)",
    ),
    "through a map": (
        chain("tcp dport vmap { 22 : jump g }", before=f"  chain g {{\n    ct state new {OVER}\n  }}\n"),
        "only tcp dport 22",
    ),
    "a chain that nobody jumps to": (
        chain("accept", before=f"  chain g {{\n    ct state new {OVER}\n  }}\n"),
        "no rule jumps to its chain g",
    ),
    "an include": (
        'include "./more.nft"\n' + chain(f"ip saddr $some ct state new {OVER}"),
        "only ip saddr $some",
    ),
    "JSON": (as_json(PORT_22, NEW, LIMIT, {"drop": None}), "only tcp dport 22"),
    "iptables": (
        saved("-A FORWARD -p tcp --dport 22 --syn -m limit --limit 100/s -j ACCEPT", policy="DROP"),
        "only --dport 22",
    ),
    "UDP": (
        saved("-A FORWARD -p udp -m state --state NEW -m limit --limit 100/s -j ACCEPT", policy="DROP"),
        "only -p udp",
    ),
}


def read(text):
    known = sample.TEXT.replace("known_as: {", "known_as: {listen: '10.9.0.5:443', ", 1)
    return vendors.named("nftables").read(text, "deployed", Subjects(world=sample.world(known).world))


@pytest.mark.parametrize("name", ALL)
def test_a_limit_on_all_new_flows_is_taken_over(name):
    """However it is written that nothing but first packets is limited, and all of them."""
    assert RATE == read(ALL[name]).overlay()


@pytest.mark.parametrize("name", PART)
def test_a_limit_on_a_part_is_told_with_its_selector(name):
    """It is no limit of the crossing, and it is not dropped in silence."""
    text, why = PART[name]
    adopted = read(text)
    assert {} == adopted.overlay()
    assert any(why in one.why for one in adopted.ignored), adopted.ignored


def test_an_include_is_told():
    """What another file states was not read."""
    told = [one.why for one in read(PART["an include"][0]).ignored]
    assert any("another file" in why for why in told)


def test_limits_for_each_source_are_those_of_sources():
    """hashlimit by source address is the limit of one client; by anything else it is told."""
    rule = (
        "-A FORWARD -p tcp --syn -m hashlimit --hashlimit-above 5/sec --hashlimit-burst 9 "
        "--hashlimit-mode {} --hashlimit-name x -j DROP"
    )
    own = read(saved(rule.format("srcip"))).overlay()
    assert {AT + "per_source": 5.0, AT + "per_source_burst": 9, AT + "on_excess": "drop"} == own
    other = read(saved(rule.format("dstport")))
    assert {} == other.overlay()
    assert "each dstport by itself" in other.ignored[0].why


def test_a_saved_line_that_is_none_is_a_fault():
    """With its line."""
    with pytest.raises(InputError, match=r"deployed:4: .*states no rate"):
        read(saved("-A FORWARD --syn -m limit --limit soon -j DROP"))
