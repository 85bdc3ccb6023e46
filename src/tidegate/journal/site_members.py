"""Who may write into the record, and how far does each chain count? Read off the record itself.

Whoever keeps a site names the others by their keys (`site.admitted`), and those may name others in turn;
what is not named so, by a chain of trust from one's own site on, is not taken in. A site that was retired,
and a chain that forked, count up to where any trusted site had followed them when it heard of it: so all
sites come to the same, in whatever order they hear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidegate.journal.chain_name import MOST_CHAINS, chain_of, is_branch, site_of
from tidegate.journal.clock import MOST_AHEAD_S
from tidegate.journal.compaction import Statement, statement
from tidegate.journal.entry import Entry, Sealed, UnreadableEntryError, read_entry
from tidegate.journal.entry_chain import DamagedJournalError, Head, check_whole
from tidegate.journal.fork_seen import ForkSeen, forks_seen

_SITE = "site"
_ABOUT_ONE = {"site.admitted", "site.retired", "site.rekeyed"}


@dataclass(frozen=True, kw_only=True)
class Member:
    """A site, or an imported history, as one's own site sees it.

    Parameters
    ----------
    name
        Its name.
    key
        The key that it signs with at present, in hexadecimal digits.
    chains
        The chains that it had begun before it changed its key: they may be signed with an earlier one.
    address
        Where it is asked, as was said at one's own site; empty where that was not.
    is_history
        Whether it only tells of the past and names nobody.
    is_retired
        Whether nothing more is taken from it.
    because
        Why it was retired.
    """

    name: str
    key: str
    chains: frozenset[str] = frozenset()
    address: str = ""
    is_history: bool = False
    is_retired: bool = False
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Members:
    """All that one's own site takes entries from.

    Parameters
    ----------
    own
        One's own site.
    by_name
        Each by its name, one's own among them.
    chain_keys
        The key of each chain that has begun, by the chain's name.
    cut
        The last number that counts, by chain, of those of which nothing more is taken.
    forked
        The first number that stands twice, by chain.
    forked_s
        When that was first said, in seconds since 1970, by chain.
    own_cut
        The last number that others count of one's own chains, since they retired one's own site.
    is_retired
        Whether a trusted site retired one's own, and none has named it again since.
    fork_seen
        Who looked into a chain that forks, by chain; those that nobody has seen are not among them.
    named_s
        When each of the sites that still write was first named, in seconds since 1970; 0 where nobody said.
    compactions
        What trusted sites stated of what leaves the record.
    """

    own: str
    by_name: Mapping[str, Member]
    chain_keys: Mapping[str, str]
    cut: Mapping[str, int]
    forked: Mapping[str, int]
    forked_s: Mapping[str, float] = field(default_factory=dict)
    own_cut: Mapping[str, int] = field(default_factory=dict)
    fork_seen: Mapping[str, ForkSeen] = field(default_factory=dict)
    is_retired: bool = False
    named_s: Mapping[str, float] = field(default_factory=dict)
    compactions: tuple[Statement, ...] = ()

    @property
    def unseen_forks(self) -> dict[str, int]:
        """The first number that stands twice, by chain, of those into which nobody looked yet."""
        return {chain: number for chain, number in self.forked.items() if chain not in self.fork_seen}

    @property
    def others(self) -> tuple[Member, ...]:
        """The other sites that still write."""
        return tuple(
            one for one in self.by_name.values()
            if one.name != self.own and not one.is_history and not one.is_retired
        )  # fmt: skip

    @property
    def signing_keys(self) -> frozenset[str]:
        """Every key that a site signs with, or signed a chain with; of imported histories none."""
        writers = {one.name: one.key for one in self.by_name.values() if not one.is_history}
        said = {key for chain, key in self.chain_keys.items() if site_of(chain) in writers}
        return frozenset({*writers.values(), *said})

    def proves(self, stated: Sealed, digest: str) -> bool:
        """Whether something is the signed word of a site that still writes that just this has left there.

        It may stand in a chain that is not known here yet.
        """
        try:
            entry = read_entry(stated.body)
            key = self.chain_keys.get(entry.site) or self.by_name[site_of(entry.site)].key
            check_whole(entry, stated, Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)))
        except (UnreadableEntryError, DamagedJournalError, KeyError, ValueError):
            return False
        said = statement(entry)
        return said is not None and said.is_done and said.digest == digest and said.site in self.named_s

    def refusal(self, entry: Entry, head: Head | None, now_s: float) -> str:
        """Return why an entry that is whole is not taken at `now_s` (seconds since 1970); empty where it is.

        Parameters
        ----------
        entry
            The entry.
        head
            Where its chain ends here; None where it begins one.
        now_s
            The time.
        """
        if entry.said_s > now_s + MOST_AHEAD_S:
            ahead_s = entry.said_s - now_s
            return f"is said {ahead_s:,.0f} s ahead of this clock: it waits, or its site's clock is wrong"
        last = self.cut.get(entry.site)
        if last is not None and entry.number > last:
            return f"is more than counts of this chain, which ends at {last}"
        return "" if head is not None else self._stranger(entry)

    def _stranger(self, entry: Entry) -> str:
        """Return why a chain that begins is not taken."""
        member = self.by_name.get(entry.site) or self.by_name.get(site_of(entry.site))
        if member is None or is_branch(entry.site):
            return "is of a site that nobody here has named"
        if member.is_retired and entry.site not in self.cut:
            return "begins a chain of a site that was retired"
        if sum(site_of(chain) == member.name for chain in self.chain_keys) >= MOST_CHAINS:
            return f"begins chain {MOST_CHAINS + 1} of its site: too many"
        return self._wrong_key(entry, member)

    def _wrong_key(self, entry: Entry, member: Member) -> str:
        key = entry.payload.get("public_key")
        if key != member.key and entry.site not in member.chains:
            return "states a key that is not trusted"
        if self.chain_keys.get(entry.site, key) != key:
            return "begins anew a chain that was begun with another key: there, `tidegate site init --again`"
        return ""


@dataclass
class SiteBook:
    """What was said of sites: a part of the state; `seen_from` reads it."""

    began: dict[str, str] = field(default_factory=dict)
    said: list[Entry] = field(default_factory=list)
    began_count: int = 0
    able: dict[str, Entry] = field(default_factory=dict)
    """What each site said last of what it can send, by the site."""
    entries_count: int = 0
    """How many entries were taken."""

    def take(self, entry: Entry) -> None:
        """Add one entry, in any order."""
        self.entries_count += 1
        if entry.kind == "site.began":
            if entry.number == 1:  # what is said later in a chain changes nothing of its key
                self.began[entry.site] = entry.payload["public_key"]
            self.began_count += 1
        elif entry.kind == "site.able":
            site = site_of(entry.site)  # of itself alone a site can say so
            if site not in self.able or self.able[site].order < entry.order:
                self.able[site] = entry
        else:
            self.said.append(entry)

    @property
    def names_others(self) -> bool:
        """Whether another site was ever taken into the record; an imported history is none."""
        return any(one.kind == "site.admitted" and one.payload.get("role") == _SITE for one in self.said)

    @property
    def said_count(self) -> int:
        """How many entries were taken of those that `seen_from` reads."""
        return self.began_count + len(self.said)

    def seen_from(self, own: str, own_key: str) -> Members:
        """Return whom a site trusts, by its name and its key in hexadecimal digits."""
        said = sorted(self.said, key=lambda entry: entry.order)
        own_keys = [key for chain, key in self.began.items() if site_of(chain) == own]
        keys = {own: {*own_keys, own_key}}
        trusted = self._trusted(said, keys)
        members = {own: Member(name=own, key=own_key, chains=_earlier_chains(own, trusted))}
        members |= {name: _member(name, trusted, own) for name in keys if name != own}
        forked = _forked(trusted)
        return Members(
            own=own, by_name=dict(sorted(members.items())), chain_keys=dict(self.began),
            cut=_cut(trusted, members, self.began, own), forked=forked,
            fork_seen=forks_seen(trusted, forked, own),
            own_cut=_own_cut(trusted, own), is_retired=_is_retired(trusted, own),
            named_s=_named_s(trusted, members, own),
            compactions=tuple(filter(None, map(statement, trusted))),
            forked_s={one.subject: one.said_s for one in reversed(trusted) if one.kind == "site.forked"},
        )  # fmt: skip

    def _trusted(self, said: list[Entry], keys: dict[str, set[str]]) -> list[Entry]:
        """Return what trusted sites said, and add to `keys` whom they name, until nobody new is named."""
        histories = {entry.subject for entry in said if entry.payload.get("role") == "history"}
        found: list[Entry] = []
        waiting = said
        while True:
            heard = [one for one in waiting if self._speaks(one, keys) and site_of(one.site) not in histories]
            if not heard:
                return sorted(found, key=lambda entry: entry.order)
            for one in heard:
                if one.kind in {"site.admitted", "site.rekeyed"}:
                    keys.setdefault(one.subject, set()).add(one.payload["public_key"])
            found += heard
            taken = set(map(id, heard))
            waiting = [one for one in waiting if id(one) not in taken]

    def _speaks(self, entry: Entry, keys: Mapping[str, set[str]]) -> bool:
        """Whether an entry's chain is one of a site that is trusted; of its own key it alone may speak."""
        site = site_of(entry.site)
        if entry.kind == "site.rekeyed" and entry.subject != site:
            return False
        return self.began.get(chain_of(entry.site)) in keys.get(site, ())


def _earlier_chains(name: str, trusted: Iterable[Entry]) -> frozenset[str]:
    """Return the chains that a site wrote before it had another key, as itself or who names it says."""
    return frozenset(
        chain for one in trusted if one.subject == name for chain in one.payload.get("chains", ())
    )  # fmt: skip


def _member(name: str, trusted: Iterable[Entry], own: str) -> Member:
    """Return a member by the last that was said of it."""
    about = [one for one in trusted if one.subject == name and one.kind in _ABOUT_ONE]
    admitted = [one for one in about if one.kind == "site.admitted"]
    retired = [one for one in about if one.kind == "site.retired"]
    named = [one for one in about if one.kind != "site.retired"]
    told = [one for one in admitted if site_of(one.site) == own]  # nobody else says whom this machine calls
    return Member(
        name=name,
        key=named[-1].payload["public_key"],
        chains=_earlier_chains(name, trusted),
        address=next((one.payload["address"] for one in reversed(told) if "address" in one.payload), ""),
        is_history=admitted[-1].payload["role"] != _SITE if admitted else False,
        is_retired=bool(retired) and retired[-1].order > named[-1].order,
        because=next((one.payload["because"] for one in reversed(retired) if "because" in one.payload), ""),
    )


def _cut(
    trusted: Iterable[Entry], members: Mapping[str, Member], began: Mapping[str, str], own: str
) -> dict[str, int]:
    """Return the last number that counts, by chain: for ever where it forked, else while its site is retired.

    Whoever is named again with the same key is heard again, all of it; with another key its old chains end
    where they ended. That it was itself retired a site hears from others alone, and writes on.
    """
    found: dict[str, int] = {}
    for one in trusted:
        if one.kind not in {"site.retired", "site.forked"}:
            continue
        member = members.get(one.subject)
        for label, end in one.payload["ends"].items():
            chain, number = chain_of(label), end.partition(" ")[0]
            is_heard = (
                one.kind == "site.retired"
                and member is not None
                and (member.name == own or (not member.is_retired and began.get(chain) == member.key))
            )
            if number.isdecimal() and not is_heard:
                found[chain] = max(found.get(chain, 0), int(number))
    return found


def _is_retired(trusted: Iterable[Entry], own: str) -> bool:
    """Whether others said last that one's own site is retired."""
    said = [one for one in trusted if one.subject == own and one.kind in {"site.admitted", "site.retired"}]
    return bool(said) and said[-1].kind == "site.retired"


def _own_cut(trusted: Iterable[Entry], own: str) -> dict[str, int]:
    """Return how far others count one's own chains, where they said last that one's own site is retired."""
    if not _is_retired(trusted, own):
        return {}
    said = (one for one in trusted if one.subject == own and one.kind == "site.retired")
    ends = (pair for one in said for pair in one.payload["ends"].items())
    found: dict[str, int] = {}
    for label, end in ends:
        number = end.partition(" ")[0]
        if number.isdecimal():
            found[chain_of(label)] = max(found.get(chain_of(label), 0), int(number))
    return found


def _named_s(trusted: Sequence[Entry], members: Mapping[str, Member], own: str) -> dict[str, float]:
    """Return when each site that still writes was first named by a site that is trusted."""
    found: dict[str, float] = {}
    for one in trusted:
        if one.kind == "site.admitted":
            found.setdefault(one.subject, one.said_s)
    living = (one for one in members.values() if one.name == own or not (one.is_history or one.is_retired))
    return {one.name: found.get(one.name, 0.0) for one in living}


def _forked(trusted: Iterable[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in trusted:
        if one.kind == "site.forked":
            number = int(one.payload["number"])
            found[one.subject] = min(found.get(one.subject, number), number)
    return found
