"""What is taken in of a record, and what is told of what is not."""

from __future__ import annotations

import pytest

from tidegate.discover.conntrack_text import Passed, entries, is_events

NEW = (
    "[1795888543.120000]\t    [NEW] tcp      6 120 SYN_SENT src=10.0.0.2 dst=10.1.0.5 sport=40000 "
    "dport=5432 [UNREPLIED] src=10.1.0.5 dst=203.0.113.7 sport=5432 dport=40000 id=3021"
)
EXTENDED = (
    "[1795888543.120000]\t [UPDATE] ipv4     2 tcp      6 432000 ESTABLISHED src=10.0.0.2 dst=10.1.0.5 "
    "sport=40000 dport=5432 src=10.1.0.5 dst=203.0.113.7 sport=5432 dport=40000 [ASSURED] id=3021"
)
SIX = (
    "[1795888543.130000]\t[DESTROY] ipv6     10 udp      17 src=2001:db8::2 dst=2001:db8::5 sport=5353 "
    "dport=53 packets=1 bytes=70 src=2001:db8::5 dst=2001:db8::2 sport=53 dport=5353 packets=1 bytes=120"
)
LISTED = (
    "tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.1.0.5 sport=40000 dport=5432 "
    "src=10.1.0.5 dst=203.0.113.7 sport=5432 dport=40000 [ASSURED] mark=0 use=1"
)
PING = "[1795888543.5]\t    [NEW] icmp     1 30 src=10.0.0.2 dst=10.1.0.5 type=8 code=0 id=5 [UNREPLIED]"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (NEW, (1795888543.12, "NEW", "tcp", "SYN_SENT", "10.0.0.2", 40000, "10.1.0.5", 5432)),
        (EXTENDED, (1795888543.12, "UPDATE", "tcp", "ESTABLISHED", "10.0.0.2", 40000, "10.1.0.5", 5432)),
        (SIX, (1795888543.13, "DESTROY", "udp", "", "2001:db8::2", 5353, "2001:db8::5", 53)),
        (LISTED, (None, "", "tcp", "ESTABLISHED", "10.0.0.2", 40000, "10.1.0.5", 5432)),
    ],
)
def test_a_line_says_who_asked_what(line, said):
    """The original direction counts, whatever the extras; the smaller port decides nothing."""
    [one] = entries([line], Passed())
    assert said == (one.at_s, one.happens, *one.key[:1], one.state, *one.key[1:])


def test_what_is_not_taken_in_is_counted_with_its_place():
    passed = Passed()
    untimed = NEW.partition("\t")[2]
    shown = "conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown."
    lost = "WARNING: We have hit ENOBUFS! We are losing events."
    lines = [shown, "", NEW, "{json: 1}", PING, untimed, lost]
    assert 1 == len(list(entries(lines, passed)))
    assert (1, [(4, "{json: 1}")]) == (passed.not_understood_count, passed.examples)
    assert (1, 1, 1) == (passed.portless_count, passed.untimed_count, passed.lost_count)


def test_time_does_not_go_back():
    passed = Passed()
    later = NEW.replace("543.12", "550.00")
    assert [1795888550.0, 1795888550.0] == [one.at_s for one in entries([later, NEW], passed)]
    assert 1 == passed.backwards_count


@pytest.mark.parametrize(
    ("line", "kind"), [(NEW, True), (LISTED, False), ("apiVersion: v1", None), ("", None)]
)
def test_events_and_dumps_are_told_apart(line, kind):
    assert kind is is_events(["# a note\n", line])
