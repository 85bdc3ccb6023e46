"""What no rule lets a limit see, whose limit it is not, and whose words others use too: taken, or told."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.errors import CannotTellError
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors
from tidegate.verbs.adopt import Adopt, adopt

AT = "crossings.edge.admission."
NFT = """\
table inet filter {{
  chain sub {{ {sub} }}
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    {first}
    ct state new meter each {{ ip saddr limit rate over 9/second burst 5 packets }} drop
  }}
}}
"""
WITHIN = "ct state new limit rate 200/second burst 20 packets accept"
TWO = """\
defaults
  maxconn 3000
listen pg
  bind :5432
  maxconn 200
  server a 10.0.0.1:5432
listen redis
  bind :6379
  server r 10.0.0.2:6379
"""
BREAKERS = """\
static_resources:
  clusters:
    - name: api
      circuit_breakers:
        thresholds:
          - priority: DEFAULT
            max_connections: 64
"""
TIMES = """\
http {
  upstream api { server 10.0.0.1:80; keepalive 32; }
  server { listen 80; location / { proxy_pass http://api; proxy_read_timeout 5s; } }
}
"""
ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api}
spec:
  hosts: [api]
  http:
  - route: [{destination: {host: api}, weight: 90}, {destination: {host: api-v2}, weight: 10}]
    mirror: {host: api-v3}
    timeout: 3s
    retries: {attempts: 0}
"""
RECENT = """\
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate NEW -m recent --update --seconds 60 --hitcount 4 -j DROP
-A FORWARD -m conntrack --ctstate NEW -m limit --limit 50/s --limit-burst 9 -j ACCEPT
COMMIT
"""


def read(text, source, **said):
    return vendors.guessed(text, source).read(text, source, Subjects(world=sample.world().world, **said))


def left_out(adopted):
    return {one.place.line: f"{one.words}: {one.why}" for one in adopted.ignored}


@pytest.mark.parametrize("first", [WITHIN, f"jump sub; {WITHIN}", "jump sub"])
def test_what_is_accepted_within_a_limit_is_not_seen_by_the_limits_after_it(first):
    """So the later one is none of the crossing; nor is one after a chain that accepts."""
    text = NFT.format(first=first, sub=WITHIN if first == "jump sub" else "counter")
    adopted = read(text, "rules.nft")
    assert AT + "per_source" not in adopted.overlay()
    assert 200.0 == adopted.overlay()[AT + "rate"]
    assert "lets a part in before it" in left_out(adopted)[7]


def test_what_drops_the_excess_alone_hides_nothing():
    """A limit that refuses what is beyond it leaves the rest to the limits after it."""
    over = "ct state new limit rate over 200/second burst 20 packets drop"
    overlay = read(NFT.format(first=over, sub="counter"), "rules.nft").overlay()
    assert (200.0, 9.0) == (overlay[AT + "rate"], overlay[AT + "per_source"])


def test_a_default_is_each_frontends_own():
    """Of two proxies one states its own; the default of the other is no limit of both."""
    with pytest.raises(CannotTellError, match="each frontend by itself that says none; 2 carry traffic"):
        adopt(Adopt(world_text=sample.TEXT, world_source="w", text=TWO, source="haproxy.cfg"))


def test_a_default_holds_for_the_only_frontend_that_says_none():
    """And not where that states its own."""
    one = "defaults\n  maxconn 3000\nfrontend web\n  bind :80\n{}  default_backend app\n"
    assert 3000 == read(one.format(""), "haproxy.cfg").overlay()[AT + "concurrent"]
    own = read(one.format("  maxconn 5000\n"), "haproxy.cfg")
    assert 5000 == own.overlay()[AT + "concurrent"]
    assert "states its own" in left_out(own)[2]


def test_what_a_stricter_one_replaces_is_told():
    """Nothing that was written is passed over because something stricter follows."""
    text = "global\n  maxconn 5000\nfrontend web\n  bind :80\n  maxconn 700\n  default_backend app\n"
    adopted = read(text, "haproxy.cfg")
    assert 700 == adopted.overlay()[AT + "concurrent"]
    assert "a stricter limit stands beside it (line 5)" in left_out(adopted)[2]


def test_a_word_that_others_use_too_leaves_no_doubt_whose_file_it_is():
    """`max_connections` at the head of a line is NATS', and Envoy's within what only Envoy has."""
    assert "envoy" == vendors.guessed(BREAKERS, "envoy.yaml").name
    assert "nats" == vendors.guessed("max_connections: 64\n", "server.conf").name


@pytest.mark.parametrize(
    ("text", "source", "told"),
    [
        (TIMES, "nginx.conf", {2: "idle connections", 3: "nginx' own time-out"}),
        (ROUTE, "route.yaml", {7: "share the requests", 8: "copies requests"}),
        (RECENT, "rules.v4", {3: "what one source did lately"}),
    ],
)
def test_what_limits_and_has_no_key_is_told(text, source, told):
    """Time-outs of proxies, shares and copies of requests, lists of sources."""
    found = left_out(read(text, source, clients="workers"))
    assert all(words in found[line] for line, words in told.items()), found


@pytest.mark.parametrize(
    ("name", "text", "words", "why"),
    [
        ("nats", "max_connections: 0\n", "max_connections = 0", "lets no client in"),
        ("grpc", '{"methodConfig": [{"name": [{}], "timeout": "0s"}]}', "timeout 0s", "no time-out to some"),
    ],
)
def test_nought_is_told_and_hides_nothing_else(name, text, words, why):
    """It is no fault of the file, and no number of a world."""
    subjects = Subjects(world=sample.world().world, clients="workers", service="api")
    adopted = vendors.named(name).read(text, "deployed", subjects)
    assert {} == adopted.overlay()
    assert [(words, True)] == [(one.words, why in one.why) for one in adopted.ignored]
