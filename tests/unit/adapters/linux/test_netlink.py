"""The kernel's binary words."""

from __future__ import annotations

from tidegate.adapters.linux.netlink import QueueState, _attribute, _attributes


def test_attributes_there_and_back() -> None:
    """Attributes of any length are read as they were written, padding apart."""
    written = {1: b"tbf\0", 2: b"", 7: b"12345", 8: bytes(range(64))}
    packed = b"".join(_attribute(kind, data) for kind, data in written.items())
    assert 0 == len(packed) % 4
    assert written == dict(_attributes(packed))


def test_offered_is_sent_dropped_and_waiting() -> None:
    """What came to a queue has left it, was dropped, or waits."""
    assert 18 == QueueState(10, 5, 3).offered_count
