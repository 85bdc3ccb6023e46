"""One name, one thing: a module's name stands for one noun, from whatever floor it is seen."""

from __future__ import annotations

import collections
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidegate"

FOLLOWS = {
    "cli/commands": "a command is called as its verb",
    "adapters/validators": "a vendor's own check is called as the vendor",
    "protect/targets": "as above: how that vendor's files are written",
}
"""Where a module is called as what it belongs to, and is the same thing by rule."""

SHARED = {
    "access": "who may do what on the server",
    "affected": "which components an outage touches",
    "ages": "how old kept connections become",
    "alert": "what a monitoring system says",
    "api": "what programs are offered, in Python and over HTTP",
    "attempts": "a request's attempts, and how each ended",
    "boot": "what an instance does as it starts",
    "case": "a customer's request for help",
    "catalogue": "what is known of clients and devices",
    "chance": "random streams, one a cause",
    "client": "one client",
    "clients": "what sends requests",
    "compare": "two worlds under the same chance",
    "component": "what people look up the status of",
    "connecting": "many clients that connect at once",
    "console": "the operators' pages",
    "contention": "requests that hold each other up",
    "crossing": "the devices between two networks",
    "curve": "safe limits for look-ups",
    "device": "what packets pass",
    "discover": "a world from what was recorded",
    "drill": "an outage of the tooling itself, rehearsed",
    "escape": "the way out of a collapse",
    "explain": "the chain of causes of a run",
    "filling": "what fills an instance's memory",
    "fit": "numbers of a world from its history",
    "frame": "what stands around a page",
    "hands": "who has an outage in hand",
    "headroom": "how much more is safe",
    "in_turn": "few that start at a time, the next as one is ready",
    "instance": "one of a service's equals",
    "journal": "the record's entries",
    "law": "how times are spread about their mean",
    "login": "what limits those who have not logged in",
    "maintenance": "planned work",
    "measured": "clients that were measured",
    "notice": "what is sent to who asked for it",
    "opening": "what a new connection carries first",
    "outage": "what is known of one outage",
    "plan": "what is about to change",
    "policy": "a client's layers of retries",
    "pool": "connections that are kept to be used again",
    "pools": "the pools of one program",
    "population": "clients of one kind",
    "probe": "what a real client does",
    "protect": "which settings make it safe",
    "publish": "the site, put where it is read",
    "ramp": "how fast is safe",
    "rehearsal": "the same world on real devices",
    "rehearse": "the same world on real devices, as a verb",
    "replay": "what happened, again, beside what a world does",
    "reply": "a case's receipts and answers as mail",
    "retry": "how a failed attempt is tried again",
    "retrying": "retries as what overloads",
    "run": "one run of an engine",
    "scaling": "what an autoscaler decides",
    "service": "what answers requests",
    "simulate": "what happens in one run",
    "site": "the public site",
    "sizes": "how many bytes requests and answers have",
    "statuspage": "a status page's own format",
    "summary": "what happened, afterwards",
    "survey": "the regions of a world over two numbers",
    "translations": "what things are called in other languages",
    "turns": "what limits of clients' own let through",
    "watch": "what goes on at a world's places while it lives",
    "uptime": "the share of the time a component was up",
    "verdict": "the answer to a check",
    "webhook": "notices to programs",
    "what_if": "what a report may be asked in a browser",
    "words": "fixed words in each language",
    "world": "what there is",
}
"""The same noun, seen from several floors: what each is."""

TWO_THINGS = {
    "fleet": "clients that grow in number (`gate`); elsewhere the instances of a service",
    "flow": "cohorts on their way (`fluid`); what a device keeps of a connection (`kernels`)",
    "gate": "the floor that outside words come in by; what a request meets at a device (`fluid`)",
    "parts": "fractions of a world (`experiment`); what a run is made of (`fluid`)",
    "record": "the record of a site; what a fluid run has seen (`fluid`)",
    "server": "Tidegate's own; what serves requests of a world (`linux/services`, `fluid`)",
    "services": "of a rehearsal; Amazon's (`gate/aws`)",
    "source": "where requests come from (`fluid`); a client's address (`simulate`)",
    "template": "CloudFormation's (`gate/aws`); a wave that stands ready (`kernels`)",
}
"""Names that still stand for two things; one that is told apart leaves this list."""


def names():
    """Where each name of a module or package stands, followers left out."""
    found = collections.defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        of = path.parent if path.name == "__init__.py" else path.with_suffix("")
        place = of.relative_to(SOURCE)
        if place.parts and place.parent.as_posix() not in FOLLOWS:
            found[of.name].append(place.as_posix())
    return found


def test_a_name_that_stands_twice_is_the_same_noun():
    """Every name of more than one module has a noun; none is listed that stands once."""
    repeated = {name: places for name, places in names().items() if len(places) > 1}
    listed = SHARED | TWO_THINGS
    assert {} == {name: places for name, places in repeated.items() if name not in listed}
    assert [] == sorted(set(listed) - set(repeated))
    assert set() == set(SHARED) & set(TWO_THINGS)


def test_followers_are_called_as_what_they_follow():
    """A vendor's check has the name of a target."""
    checks, targets = (
        {path.stem for path in (SOURCE / place).glob("*.py")}
        for place in ("adapters/validators", "protect/targets")
    )
    assert {"installed", "validation"} == checks - targets - {"__init__"}


def test_the_rule_is_written_down():
    """ARCHITECTURE.md says how modules are named."""
    text = " ".join((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split())
    assert "A module's name stands for one noun" in text
    assert all(f"`{place}`" in text for place in FOLLOWS)
