from __future__ import annotations

from tidegate.errors import Fault, InputError, Place
from tidegate.present.error_text import error_text
from tidegate.present.layout import columns_count

ERROR = InputError(
    Fault(
        what="unknown key", path="crossings.edge.forwading", value="1M/s", allowed="forwarding, setup, table",
        nearest="forwarding", place=Place(source="world.yaml", line=12),
    ),
    Fault(
        what="no such service", path="clients.agents.service", value="\x1b[31mmetadta", nearest="metadata-api"
    ),
)  # fmt: skip


def test_every_fault_says_where_what_and_how_to_mend_it() -> None:
    """All faults at once, each with place, path, value, what is allowed and the nearest name."""
    expected = """\
The input cannot be used: 2 things to mend.

  world.yaml:12: crossings.edge.forwading
    Unknown key: 1M/s
    Did you mean forwarding?
    Allowed: forwarding, setup, table

  clients.agents.service
    No such service: [31mmetadta
    Did you mean metadata-api?
"""
    assert expected == error_text(ERROR, colour=False, width=80)


def test_faults_keep_to_the_width() -> None:
    """A long list of allowed names is wrapped."""
    error = InputError(Fault(what="unknown", path="a." * 60, allowed=", ".join(["name"] * 60)))
    lines = error_text(error, colour=False, width=40).splitlines()
    assert max(columns_count(line) for line in lines) <= 40
