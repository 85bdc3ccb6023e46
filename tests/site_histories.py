"""Did several sites keep what they acknowledged? Judged by what their clients saw, and by nothing else.

Nothing of Tidegate is imported here: a fault that it has, this must not have too. A history is a list of
lines, each a JSON object, in the order in which it was known:

* ``post``: a case was sent to a server. ``at`` is the server, ``key`` the sender's, ``began_s`` and
  ``ended_s`` when, ``outcome`` is ``receipt``, ``refused`` or ``unknown``; with a receipt come ``case``,
  ``chain`` and ``number`` as it states them.
* ``copied``, ``put_back``: a server's folder was copied; it ended, and the copy came into its place.
* ``twin``: a second server was started with a copy of a server's folder.
* ``notice``: a receiver got the notice ``id``.
* ``read``: what a server's record holds at the end. ``entries`` are lists of chain, number, body (the bytes
  that are signed, as text) and signature; ``forked`` are the chains that it says go on in two ways. Where
  something has left the record, ``left`` are lists of chain, first and last number and the last one's hash,
  and ``archived`` is what it wrote away, in the form of ``entries``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_FIRST = "0" * 64
_SIGNED = b"tidegate journal entry 1\n"
Line = Mapping[str, Any]
_Place = tuple[str, int, str]
"""Chain, number and case."""
_Gap = tuple[str, int, int, str]


@dataclass(kw_only=True)
class Judgement:
    """What became of what was acknowledged.

    Attributes
    ----------
    faults
        What must never be, a sentence each; the first of each kind and how many there are.
    acknowledged_count
        How many different entries clients hold a receipt for.
    lost_with_disk_count
        How many of these went with a folder that was put back from a copy before any other site had heard
        of them: nobody can have them.
    said_twice_count
        Numbers that stand twice because a folder was put back or started twice; both ways are at all sites.
    repeated_notices_count
        How many notices came more than once.
    left_count
        How many of what clients hold a receipt for have left the record, at all sites alike.
    """

    faults: dict[str, list[str]] = field(default_factory=dict)
    acknowledged_count: int = 0
    lost_with_disk_count: int = 0
    said_twice_count: int = 0
    repeated_notices_count: int = 0
    left_count: int = 0

    def add(self, kind: str, what: str) -> None:
        self.faults.setdefault(kind, []).append(what)

    def lines(self) -> Iterator[str]:
        """Yield each kind of fault with how often it was found and the first of it."""
        for kind, found in self.faults.items():
            yield f"{kind} ({len(found)}): {found[0]}"


@dataclass(frozen=True, kw_only=True)
class _Kept:
    chain: str
    number: int
    body: str
    signature: str
    said: Mapping[str, Any]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


def read_history(text: str) -> list[Line]:
    """Return the lines of a history."""
    return [json.loads(line) for line in text.splitlines() if line]


def judged(history: Iterable[Line]) -> Judgement:
    """Return what is wrong in a history; its last reads must have been made after all paths were whole."""
    lines = list(history)
    found = Judgement()
    reads = {line["at"]: line for line in lines if line["op"] == "read"}  # the last of each
    kept = {at: [_kept(one) for one in line["entries"]] for at, line in reads.items()}
    posts = [line for line in lines if line["op"] == "post"]
    _check_form(kept, found)
    _check_equal(kept, found)
    left = {at: [tuple(gap) for gap in line.get("left", ())] for at, line in reads.items()}
    _check_left(reads, kept, left, found)
    _check_links(kept, left, found)
    _check_signatures(kept, found)
    _check_unsaid(kept, posts, found)
    _check_receipts(lines, posts, kept, left, found)
    _check_order(posts, found)
    _check_forks(reads, kept, found)
    _check_notices(lines, found)
    return found


def _kept(one: list[Any]) -> _Kept:
    chain, number, body, signature = one
    return _Kept(chain=chain, number=number, body=body, signature=signature, said=json.loads(body))


def _check_form(kept: Mapping[str, list[_Kept]], found: Judgement) -> None:
    if not kept:
        found.add("nothing read", "no site's record was read at the end")
    for at, entries in kept.items():
        for one in entries:
            if (one.said["site"], one.said["number"]) != (one.chain, one.number):
                found.add(
                    "misplaced",
                    f"{at} hands over entry {one.number} of {one.chain}, which says another place",
                )


def _check_equal(kept: Mapping[str, list[_Kept]], found: Judgement) -> None:
    """All sites hold the same entries, each once."""
    sets = {at: {one.body for one in entries} for at, entries in kept.items()}
    for at, entries in kept.items():
        if len(sets[at]) != len(entries):
            found.add(
                "twice in a record", f"{at} holds {len(entries) - len(sets[at])} entries more than once"
            )
    everything = set().union(*sets.values())
    for at, bodies in sets.items():
        lacks = sorted(everything - bodies)
        if lacks:
            one = json.loads(lacks[0])
            found.add(
                "unequal",
                f"{at} lacks {len(lacks)} that others hold, such as {one['number']} of {one['site']}",
            )


def _check_left(
    reads: Mapping[str, Line],
    kept: Mapping[str, list[_Kept]],
    left: Mapping[str, list[_Gap]],
    found: Judgement,
) -> None:
    """What has left is the same at all sites, kept nowhere, private and over, and stands in an archive."""
    if len({tuple(sorted(gaps)) for gaps in left.values()}) > 1:
        found.add("left unequally", "not the same has left at all sites")
    for at, gaps in left.items():
        for one in kept[at]:
            if _is_within((one.chain, one.number), gaps):
                found.add("half left", f"{at} holds {one.number} of {one.chain}, which has left")
        if "archived" in reads[at]:
            archived = [_kept(one) for one in reads[at]["archived"]]
            _check_archived(at, archived, gaps, found)


def _check_archived(at: str, archived: list[_Kept], gaps: list[_Gap], found: Judgement) -> None:
    places = {(one.chain, one.number) for one in archived}
    for chain, first, last, _ in gaps:
        for number in range(first, last + 1):
            if (chain, number) not in places:
                found.add("left nowhere", f"{at} wrote {number} of {chain} into no archive")
    ends: dict[str, str] = {}
    for one in sorted(archived, key=lambda one: (one.said["wall"], one.said["tick"])):
        kind = one.said["kind"]
        if kind.split(".")[0] not in {"case", "delivery"}:
            found.add("public left", f"{at} let {one.number} of {one.chain} go, which is {kind}")
        if kind in {"case.received", "case.closed", "case.reopened", "delivery.planned", "delivery.done"}:
            ends[one.said["subject"]] = kind
    for subject, kind in ends.items():
        if kind in {"case.reopened", "delivery.planned"}:
            found.add("left too soon", f"{at} let {subject} go, of which {kind} was the last word")


def _is_within(place: tuple[str, int], gaps: Iterable[_Gap]) -> bool:
    return any(chain == place[0] and first <= place[1] <= last for chain, first, last, _ in gaps)


def _check_links(kept: Mapping[str, list[_Kept]], left: Mapping[str, list[_Gap]], found: Judgement) -> None:
    """Each entry names the one before it, which is there and was said earlier; numbers begin at 1.

    Where those before it have left, it names the last of them, and what was before the first is there.
    """
    for at, entries in kept.items():
        leaps = {(chain, last + 1, digest): first - 1 for chain, first, last, digest in left[at]}
        places = {(one.chain, one.number) for one in entries}
        by_digest = {one.digest: one for one in entries}
        for one in entries:
            before = by_digest.get(one.said["previous"])
            if one.number == 1:
                if one.said["previous"] != _FIRST:
                    found.add("not linked", f"{at}: the first of {one.chain} names one before it")
            elif (one.chain, leaps.get((one.chain, one.number, one.said["previous"]), 0)) in places:
                continue
            elif before is None:
                found.add("not linked", f"{at}: what stands before {one.number} of {one.chain} is missing")
            elif (before.chain, before.number + 1) != (one.chain, one.number):
                found.add(
                    "not linked",
                    f"{at}: {one.number} of {one.chain} follows {before.number} of {before.chain}",
                )
            elif (before.said["wall"], before.said["tick"]) >= (one.said["wall"], one.said["tick"]):
                found.add(
                    "out of order", f"{at}: {one.number} of {one.chain} is said before the one before it"
                )


def _check_signatures(kept: Mapping[str, list[_Kept]], found: Judgement) -> None:
    """Each entry is signed with the key that its chain began with."""
    checked: set[tuple[str, str]] = set()
    for at, entries in kept.items():
        keys = {
            one.chain: Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.said["payload"]["public_key"]))
            for one in entries if one.number == 1
        }  # fmt: skip
        for one in entries:
            if (one.body, one.signature) in checked or one.chain not in keys:
                continue
            try:
                keys[one.chain].verify(bytes.fromhex(one.signature), _SIGNED + one.body.encode())
            except InvalidSignature:
                found.add("not signed", f"{at}: {one.number} of {one.chain} is not what its site signed")
            checked.add((one.body, one.signature))


def _check_unsaid(kept: Mapping[str, list[_Kept]], posts: list[Line], found: Judgement) -> None:
    """What is kept as a case somebody sent, in these words, and at that server or one that heard of it."""
    sent = {post["key"]: post.get("text", "") for post in posts}
    for at, entries in kept.items():
        for one in entries:
            if one.said["kind"] != "case.received":
                continue
            key, text = one.said["payload"].get("key", ""), one.said["payload"]["text"]
            if key not in sent:
                found.add("said by nobody", f"{at}: {one.number} of {one.chain} is a case that nobody sent")
            elif sent[key] and sent[key] != text:
                found.add("changed", f"{at}: the words of case {key} are not what was sent")


def _check_receipts(
    lines: list[Line], posts: list[Line], kept: Mapping[str, list[_Kept]], left: Mapping[str, list[_Gap]],
    found: Judgement,
) -> None:  # fmt: skip
    """Whatever was receipted is at all sites, at the receipt's place, under one id; or has left it."""
    held = {at: {(one.chain, one.number, one.said["subject"]) for one in entries
                 if one.said["kind"] == "case.received"} for at, entries in kept.items()}  # fmt: skip
    places: dict[tuple[str, int], set[str]] = defaultdict(set)
    ids: dict[str, set[str]] = defaultdict(set)
    acknowledged: dict[_Place, list[Line]] = defaultdict(list)
    for post in posts:
        if post["outcome"] == "receipt":
            place = (post["chain"], post["number"], post["case"])
            if left and all(_is_within(place[:2], gaps) for gaps in left.values()):
                found.left_count += 1
                continue
            acknowledged[place].append(post)
            places[place[:2]].add(post["case"])
            ids[post["key"]].add(post["case"])
    found.acknowledged_count = len(acknowledged)
    _check_lost(lines, acknowledged, held, found)
    _check_twice(lines, places, held, found)
    for key, cases in ids.items():
        if len(cases) > 1:
            found.add("two ids", f"what was sent as {key} has {len(cases)} ids")


def _check_lost(
    lines: list[Line], acknowledged: Mapping[_Place, list[Line]], held: Mapping[str, set[_Place]],
    found: Judgement,
) -> None:  # fmt: skip
    anywhere = set().union(*held.values()) if held else set()
    for place, said in acknowledged.items():
        if place not in anywhere and any(_went_with_disk(lines, post) for post in said):
            found.lost_with_disk_count += 1
            continue
        for at, there in held.items():
            if place not in there:
                found.add("lost", f"{at} lacks case {place[2]}, receipted as {place[1]} of {place[0]}")


def _check_twice(
    lines: list[Line], places: Mapping[tuple[str, int], set[str]], held: Mapping[str, set[_Place]],
    found: Judgement,
) -> None:  # fmt: skip
    for (chain, number), cases in places.items():
        if len(cases) > 1:
            if _may_fork(lines, chain) and all((chain, number, case) in there
                                               for case in cases for there in held.values()):  # fmt: skip
                found.said_twice_count += 1
            else:
                found.add("receipted twice", f"{number} of {chain} is on the receipts of {len(cases)} cases")


def _went_with_disk(lines: list[Line], post: Line) -> bool:
    """Whether the server that receipted was put back from a copy that was made before the receipt."""
    copied_s = None
    for line in lines:
        if line.get("at") != post["at"]:
            continue
        if line["op"] == "copied":
            copied_s = line["at_s"]
        if line["op"] == "put_back" and copied_s is not None and copied_s <= post["ended_s"] <= line["at_s"]:
            return True
    return False


def _may_fork(lines: list[Line], chain: str) -> bool:
    """Whether somebody started a chain's folder twice; only then may a number stand twice."""
    return any(line["op"] == "twin" and chain.partition("+")[0] == line["site"] for line in lines)


def _check_order(posts: list[Line], found: Judgement) -> None:
    """What a server receipted before something else was sent to it stands before that in their chain."""
    by_server: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for post in posts:
        if post["outcome"] == "receipt" and not post.get("is_again"):
            by_server[post["at"], post["chain"]].append(post)
    for (at, chain), said in by_server.items():
        said.sort(key=lambda post: post["began_s"])
        ended = sorted(said, key=lambda post: post["ended_s"])
        highest, next_ended = 0, 0
        for post in said:
            while next_ended < len(ended) and ended[next_ended]["ended_s"] < post["began_s"]:
                highest = max(highest, ended[next_ended]["number"])
                next_ended += 1
            if post["number"] < highest:
                found.add(
                    "out of order",
                    f"{at}: {post['number']} of {chain} was sent after {highest} was receipted",
                )


def _check_forks(reads: Mapping[str, Line], kept: Mapping[str, list[_Kept]], found: Judgement) -> None:
    """Where two stand at one place, every site says that the chain goes on in two ways; and only there."""
    counts = Counter((one.chain, one.number) for one in {
        one.body: one for entries in kept.values() for one in entries
    }.values())  # fmt: skip
    forked = {chain for (chain, _), count in counts.items() if count > 1}
    for at, line in reads.items():
        said = set(line.get("forked", ()))
        for chain in forked - said:
            found.add("fork not told", f"{at} does not say that {chain} goes on in two ways")
        for chain in said - forked:
            found.add("fork made up", f"{at} says that {chain} goes on in two ways, and it does not")


def _check_notices(lines: list[Line], found: Judgement) -> None:
    got = Counter(line["id"] for line in lines if line["op"] == "notice")
    found.repeated_notices_count = sum(count > 1 for count in got.values())
