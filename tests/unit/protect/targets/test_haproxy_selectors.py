"""A limit of HAProxy belongs to its section and condition: taken where it holds for all, told where not."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "crossings.edge.admission."
BACK = "backend app\n  server a 10.0.0.1:80\n"
FRONT = "frontend web\n  bind :443\n  default_backend app\n"
TABLE = "  stick-table type ip size 1m expire 30s store conn_rate(10s)\n"
TRACK = "  tcp-request connection track-sc0 src\n"
FAST = "{ src_conn_rate gt 30 }"
SOME = "  tcp-request connection track-sc0 src if { src 10.0.0.0/8 }\n"
BY_SC0 = "  tcp-request connection reject if { sc0_conn_rate gt 30 }\n"
NAMED = "  acl fast src_conn_rate gt 30\n"
SPARED = "  tcp-request connection accept if { src 10.0.0.0/8 }\n"

TAKEN = {
    "the only frontend": (f"{FRONT}  maxconn 700\n{BACK}", {AT + "concurrent": 700}),
    "beside a frontend that is off": (
        f"{FRONT}  maxconn 700\n{BACK}frontend old\n  disabled\n  bind :81\n  default_backend app\n",
        {AT + "concurrent": 700},
    ),
    "beside a page of statistics": (
        f"{FRONT}  maxconn 700\n{BACK}listen stats\n  bind :8404\n  stats enable\n  maxconn 10\n",
        {AT + "concurrent": 700},
    ),
    "a named condition": (
        f"{FRONT}{TABLE}{TRACK}{NAMED}  tcp-request connection reject if fast\n{BACK}",
        {AT + "per_source": 3.0, AT + "per_source_burst": 30},
    ),
}
TABLED = f"backend st\n{TABLE}"
BY_NUMBER = "  tcp-request connection track-sc0 src table st\n"
TAKEN |= {
    f"a counter by its number ({words})": (
        f"{FRONT}{BY_NUMBER}  tcp-request connection reject if {{ {words} gt 30 }}\n{BACK}{TABLED}",
        {AT + "per_source": 3.0, AT + "per_source_burst": 30},
    )
    for words in (
        "sc_conn_rate(0)",
        "sc0_conn_rate",
        "sc_conn_rate(0,st)",
        "sc0_conn_rate(st)",
        "src_conn_rate(st)",
    )
}
TOLD = {
    "one of two frontends": (
        f"{FRONT}  rate-limit sessions 9\n{BACK}frontend ssh\n  bind :22\n  default_backend app\n",
        "frontend web (bind :443) only, one of 2",
    ),
    "a frontend that is off": (
        f"{FRONT}{BACK}frontend old\n  disabled\n  bind :81\n  maxconn 5\n  default_backend app\n",
        "frontend old (bind :81) only, which is off",
    ),
    "a page of statistics": (
        "listen stats\n  bind :8404\n  stats enable\n  maxconn 10\n" + FRONT + BACK,
        "statistics",
    ),
    "a condition at start": (
        f".if defined(BIG)\nglobal\n  maxconn 9\n.endif\n{FRONT}{BACK}",
        ".if defined(BIG)",
    ),
    "the environment": (f"{FRONT}backend app\n  server a 10.0.0.1:80 maxconn ${{N-20}}\n", "environment"),
    "another condition beside it": (
        f"{FRONT}{TABLE}  tcp-request connection reject if {FAST} {{ src 10.0.0.0/8 }}\n{BACK}",
        "no rate of connections",
    ),
    "a rate of some": (
        f"{FRONT}{TABLE}{SOME}{BY_SC0}{BACK}",
        "counts by a condition",
    ),
    "a rate by something else": (
        f"{FRONT}{TABLE}{TRACK.replace('src', 'dst')}{BY_SC0}{BACK}",
        "counts by dst",
    ),
    "another counter": (
        f"{FRONT}{TABLE}{TRACK}  tcp-request connection reject if {{ sc_conn_rate(2) gt 30 }}\n{BACK}",
        "nobody counts in its table",
    ),
    "a rate that nobody counts": (
        f"{FRONT}{TABLE}  tcp-request connection reject if {FAST}\n{BACK}",
        "nobody counts in its table",
    ),
    "after an exception": (
        f"{FRONT}{TABLE}{SPARED}  tcp-request connection reject if {FAST}\n{BACK}",
        "line 5 lets a part in before it",
    ),
    "another backend": (
        f"{FRONT}{BACK}backend metrics\n  server m 10.0.0.9:90 maxconn 5\n",
        "backend metrics only, one of 2",
    ),
    "an instance that only stands by": (
        f"{FRONT}{BACK}  server b 10.0.0.2:80 backup maxconn 5\n",
        "while the others do",
    ),
    "requests": (
        f"{FRONT}  http-request deny if {{ src_http_req_rate gt 9 }}\n{BACK}",
        "turns away requests",
    ),
    "how long it waits": (f"{FRONT}{BACK}  timeout queue 2s\n", "waits for a free instance"),
    "its own retries": (f"{FRONT}{BACK}  retries 5\n", "trying again"),
    "an address": (f"frontend web\n  bind :443 maxconn 9\n  default_backend app\n{BACK}", "one address"),
}


def read(text):
    return vendors.named("haproxy").read(text, "deployed", Subjects(world=sample.world().world))


@pytest.mark.parametrize("name", TAKEN)
def test_a_limit_on_all_is_taken_over(name):
    """Whatever else is stated beside it."""
    text, values = TAKEN[name]
    assert values == read(text).overlay()


@pytest.mark.parametrize("name", TOLD)
def test_a_limit_on_a_part_is_told(name):
    """It becomes no value of the world, and its line is listed with the reason."""
    text, why = TOLD[name]
    adopted = read(text)
    assert {} == adopted.overlay()
    assert any(why in one.why for one in adopted.ignored), adopted.ignored
