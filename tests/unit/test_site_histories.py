"""The independent checker of several sites finds each fault that is planted, and none where there is none."""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import site_histories
from site_histories import judged, read_history

SIGNED = b"tidegate journal entry 1\n"


class Chain:
    """A site that writes a chain, and receipts what it is sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))
        self.entries: list[list[Any]] = []
        self.posts: list[dict[str, Any]] = []
        self.add("site.began", name, {"public_key": self.key.public_key().public_bytes_raw().hex()})

    def add(self, kind: str, subject: str, payload: dict[str, Any], *, wall: int = 0) -> None:
        number = len(self.entries) + 1
        previous = hashlib.sha256(self.entries[-1][2].encode()).hexdigest() if self.entries else "0" * 64
        said = {
            "site": self.name, "number": number, "kind": kind, "subject": subject, "payload": payload,
            "previous": previous, "wall": wall or number, "tick": 0,
        }  # fmt: skip
        self.entries.append(self.signed(said))

    def signed(self, said: dict[str, Any]) -> list[Any]:
        body = json.dumps(said)
        return [said["site"], said["number"], body, self.key.sign(SIGNED + body.encode()).hex()]

    def accept(self, key: str, *, case: str = "") -> dict[str, Any]:
        self.add("case.received", case or f"id-{key}", {"key": key, "text": f"words of {key}"})
        self.posts.append(self.receipt(key, case=case))
        return self.posts[-1]

    def receipt(self, key: str, *, case: str = "", number: int = 0) -> dict[str, Any]:
        count = len(self.posts)
        return {
            "op": "post", "at": self.name, "key": key, "text": f"words of {key}", "outcome": "receipt",
            "case": case or f"id-{key}", "chain": self.name, "number": number or len(self.entries),
            "began_s": count + 1.0, "ended_s": count + 1.5,
        }  # fmt: skip


def read(at: str, *chains: Chain, forked: tuple[str, ...] = ()) -> dict[str, Any]:
    entries = [list(one) for chain in chains for one in chain.entries]
    return {"op": "read", "at": at, "entries": entries, "forked": list(forked)}


def two() -> tuple[Chain, Chain]:
    west, east = Chain("west"), Chain("east")
    for count in range(3):
        west.accept(f"w{count}"), east.accept(f"e{count}")
    return west, east


def whole() -> list[dict[str, Any]]:
    west, east = two()
    return [*west.posts, *east.posts, read("west", west, east), read("east", east, west)]


def test_it_imports_nothing_that_it_judges():
    tree = ast.parse(Path(site_histories.__file__).read_text(encoding="utf-8"))
    named = {
        name
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert not [name for name in named if name.startswith("tidegate")]


def test_a_whole_history_has_no_fault():
    lines = [*whole(), {"op": "notice", "id": "n1"}]
    found = judged(read_history("\n".join(json.dumps(line) for line in lines)))
    assert {} == found.faults
    assert (6, 0, 0) == (found.acknowledged_count, found.said_twice_count, found.repeated_notices_count)


def taken(history: list[dict[str, Any]], at: str, index: int) -> None:
    next(line for line in history if line["op"] == "read" and line["at"] == at)["entries"].pop(index)


def lost_at_one(history):
    taken(history, "east", -1)


def lost_everywhere(history):
    taken(history, "east", -1), taken(history, "west", 3)


def gap(history):
    taken(history, "west", 2), taken(history, "east", 6)


def doubled(history):
    line = history[-1]
    line["entries"].append(line["entries"][0])


def unsaid(history):
    history[:] = [line for line in history if line.get("key") != "w1"]


def changed(history):
    history[0]["text"] = "other words"


def unsigned(history):
    history[-2]["entries"][1][3] = history[-2]["entries"][2][3]


def misplaced(history):
    history[-1]["entries"][1][1] = 7


def receipted_twice(history):
    history.insert(0, {**history[0], "case": "id-other", "key": "w-other"})


def two_ids(history):
    history.insert(0, {**history[3], "key": "w0"})


def passed_by(history):
    history[0]["number"], history[2]["number"] = history[2]["number"], history[0]["number"]
    history[0]["case"], history[2]["case"] = history[2]["case"], history[0]["case"]
    history[0]["key"], history[2]["key"] = history[2]["key"], history[0]["key"]
    history[0]["text"], history[2]["text"] = history[2]["text"], history[0]["text"]


def made_up(history):
    history[-1]["forked"] = ["west"]


def unread(history):
    del history[-2:]


@pytest.mark.parametrize(
    ("plant", "kinds"),
    [
        (lost_at_one, {"lost", "unequal"}),
        (lost_everywhere, {"lost"}),
        (gap, {"lost", "not linked"}),
        (doubled, {"twice in a record"}),
        (unsaid, {"said by nobody"}),
        (changed, {"changed"}),
        (unsigned, {"not signed"}),
        (misplaced, {"misplaced", "lost", "not linked"}),
        (receipted_twice, {"receipted twice", "lost"}),
        (two_ids, {"two ids"}),
        (passed_by, {"out of order"}),
        (made_up, {"fork made up"}),
        (unread, {"nothing read"}),
    ],
)
def test_a_planted_fault_is_found(plant, kinds):
    history = whole()
    plant(history)
    assert kinds == set(judged(history).faults)


def test_a_clock_that_runs_back_within_a_chain_is_found():
    west = Chain("west")
    west.accept("w0")
    west.add("decision.made", "x", {}, wall=1)
    assert {"out of order"} == set(judged([*west.posts, read("west", west)]).faults)


def forked() -> tuple[list[dict[str, Any]], Chain]:
    """A folder was started twice, and both wrote a second entry."""
    first, second = Chain("west"), Chain("west")
    first.accept("a"), second.accept("b")
    posts = [*first.posts, *second.posts]
    first.entries.append(second.entries[1])
    return posts, first


def test_a_fork_of_a_folder_that_was_started_twice_is_no_fault_where_it_is_kept_and_told():
    posts, west = forked()
    reads = [read("west", west, forked=("west",)), read("east", west, forked=("west",))]
    twin = {"op": "twin", "at": "west", "site": "west", "at_s": 0.5}
    found = judged([twin, *posts, *reads])
    assert {} == found.faults
    assert 1 == found.said_twice_count
    assert {"receipted twice"} == set(judged([*posts, *reads]).faults)
    assert {"fork not told"} == set(judged([twin, *posts, reads[0], {**reads[1], "forked": []}]).faults)


def test_what_went_with_a_disk_is_no_fault_of_the_record_and_what_a_copy_held_is():
    west = Chain("west")
    early = west.accept("early")
    late = west.receipt("late", number=3)
    late |= {"began_s": 6.0, "ended_s": 7.0}
    copied = {"op": "copied", "at": "west", "at_s": 5.0}
    put_back = {"op": "put_back", "at": "west", "at_s": 8.0}
    found = judged([early, copied, late, put_back, read("west", west)])
    assert {} == found.faults
    assert 1 == found.lost_with_disk_count
    del west.entries[1]
    assert {"lost"} == set(judged([early, copied, late, put_back, read("west", west)]).faults)


def test_notices_that_came_again_are_counted():
    lines = [*whole(), {"op": "notice", "id": "n1"}, {"op": "notice", "id": "n1"}]
    assert 1 == judged(lines).repeated_notices_count
