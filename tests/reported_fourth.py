"""The same fifteen reports, written a fourth time by three people who knew the documentation alone.

What had to come out was written down before anything was run; the worlds stand under
`tests/meaning/reports_fourth_writing` as they were first written.
"""

from __future__ import annotations

from pathlib import Path

from reported import Writing

FOURTH_WORLDS = Path(__file__).with_name("meaning") / "reports_fourth_writing"

FOURTH: dict[str, Writing] = {
    "fastapi_t3micro": Writing(
        decides="40 a task twice, and workers: 90 against 84",
        remedy="smaller pools (18), a proxy",
        number="postgres accepts 84 connections (87, of which 3 are reserved), and 90 are wanted",
        first=("protect first", "right", "right", "right"),
        first_remedy="a pool of 18 instead of 20",
        since=("protect first", "pools of 9 and 18; by the sum 18 alone"),
    ),
    "kubelet_list_storm": Writing(
        decides="62 s of lists, against a time-out of 10 s",
        remedy="connections closed less often",
        number="5,000 of kubelets that connect together ask apiserver for 3,000 s of work",
        first=("slow down", "right", "**wrong**", "**wrong**"),
        first_remedy="over 97 s instead of at once",
        since=("slow down", "not as reported: over 97 s"),
    ),
    "apiserver_liveness": Writing(
        decides="78 s of cold lists, against the 35 to 50 s after which the probe kills",
        remedy="a longer initial delay, or back-off of the kubelets",
        number="its checks may restart it 45 s after each start",
        first=("stop", "right", "**wrong**", "**wrong**"),
        first_remedy="reconnecting spread over 126 s, at the numbers given",
        since=("stop", "not as reported: reconnecting spread over 126 s, at the numbers given"),
    ),
    "nats_533": Writing(
        decides="12 s of log-ins, against 5 s",
        remedy="jitter of 10 s, more time to log in, a pod more",
        number="6,000 of apps that connect together ask nats for 24 s of work before anything else",
        first=("stop", "right", "right", "right"),
        first_remedy="21 s to log in",
        since=("stop", "14 s to log in; over 10 s, or reconnecting spread over 20 s, at the numbers given"),
    ),
    "grpc_max_age": Writing(
        decides="12.5/s whose connections have aged, against 12/s",
        remedy="wider jitter, or reconnecting spread",
        number="",
        first=("cannot tell", "right", "**wrong**", "**wrong**"),
        first_remedy="",
        since=("cannot tell", "reconnecting spread over 745 s, at the numbers given"),
    ),
    "istio_drain": Writing(
        decides="19 s of set-ups at once, against a time-out of 10 s",
        remedy="closing spread over 20 s or more",
        number="they are given up after 10 s",
        first=("cannot tell", "right", "right", "right"),
        first_remedy="reconnecting spread over 17 s",
        since=("cannot tell", "a spread of 17 s"),
    ),
    "conntrack_close_wait": Writing(
        decides="4,680,000 entries against 655,360; full after 504 s",
        remedy="a hold below 504 s",
        number="holds 655,360 flows, and about 4,700,000 entries are wanted",
        first=("cannot tell", "right", "right", "in the first words"),
        first_remedy="in the first words: a hold of 504 s",
        since=("cannot tell", "a hold of 504 s, at the numbers given"),
    ),
    "syn_scan": Writing(
        decides="1,800,000 entries against 262,144; full after 17.5 s",
        remedy="a shorter hold of unanswered SYNs",
        number="15,000/s alone fill it in 17.5 s",
        first=("protect first", "right", "right", "**wrong**"),
        first_remedy="a table of 1.82 million entries",
        since=("protect first", "a hold of 8.74 s"),
    ),
    "aca_snat": Writing(
        decides="1,200 ports of each instance, against 128",
        remedy="connections used again, more ports",
        number="each of handlers has 128 ports",
        first=("cannot tell", "right", "right", "in the first words"),
        first_remedy="in the first words: blocks of 1,298 ports",
        since=("cannot tell", "by the sum, with `--more`: blocks of 1,298 ports"),
    ),
    "coredns_one_pod": Writing(
        decides="1,333 look-ups/s, against 1,000/s",
        remedy="more replicas",
        number="coredns serves 1,000/s, and 1,300/s are wanted",
        first=("stop", "right", "right", "**wrong**"),
        first_remedy="",
        since=("stop", "4 instances instead of 2, at the numbers given"),
    ),
    "nat_bandwidth": Writing(
        decides="290 Mbit/s against 250 Mbit/s",
        remedy="a larger NAT, a gradual return",
        number="nat carries 250Mbit/s in each direction, and 290Mbit/s are wanted in one",
        first=("stop", "right", "right", "**wrong**"),
        first_remedy="",
        since=(
            "stop",
            "577 Mbit/s, more requests at a time, checks that make no calls: together, at the numbers given",
        ),
    ),
    "pgbouncer_18x": Writing(
        decides="5,871 connections against 4,989",
        remedy="a cap on all together, or transaction mode",
        number="postgres accepts 4,989 connections (5,000, of which 11 are reserved)",
        first=("stop", "right", "right", "**wrong**"),
        first_remedy="137 workers instead of 178; a pool of 17 in the workers",
        since=("cannot tell", "transaction mode, at the numbers given"),
    ),
    "slurmctld": Writing(
        decides="40 s of registering, against 10 s",
        remedy="at most 500 start at a time",
        number="",
        first=("cannot tell", "right", "in the report alone", "**wrong**"),
        first_remedy="",
        since=("cannot tell", "at most 286 start at a time, at the numbers given"),
    ),
    "gitlab_clock": Writing(
        decides="30 of an sshd that have not logged in, against 10",
        remedy="a higher MaxStartups",
        number="that have not logged in, where it allows 2,000, and drops some from 200 on",
        first=("protect first", "right", "right", "right"),
        first_remedy="MaxStartups of 250",
        since=("protect first", "MaxStartups of 5,000 and no early drop"),
    ),
    "tokenreview": Writing(
        decides="28 s of waiting in a limit of 20/s, against 10 s",
        remedy="a higher limit, or fewer at a time",
        number="istiod lets itself ask 20/s: the last waits about 28 s for its turn",
        first=("slow down", "right", "**wrong**", "right"),
        first_remedy="over 4.3 min instead of at once",
        since=("slow down", "over 4.3 min, or a limit of 160/s"),
    ),
}
