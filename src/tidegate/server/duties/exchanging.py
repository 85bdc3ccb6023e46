"""What have other sites that this one lacks? Each is asked all the time by a thread of its own.

Who is not there is asked again about every second: when a path is there again, it is used at once. What comes
is checked by `verbs/record/drawing`, whichever site hands it over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tidegate.adapters.between_sites.http_peer import HttpPeer, PeerError, RetiredError, StrangerError
from tidegate.adapters.store.heard_sheets import noted_sheets
from tidegate.adapters.store.peers_file import note_heard, noted_heard
from tidegate.adapters.store.second_look import look_again
from tidegate.errors import InputError, TidegateError
from tidegate.journal.chain_name import site_of
from tidegate.server.duties.peer_standing import PeerStanding
from tidegate.verbs.record.drawing import Drawn, draw
from tidegate.verbs.record.site import vouch_for_histories

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.adapters.store.secrets_file import SecretsFile
    from tidegate.journal.received import ChainEnd
    from tidegate.journal.site_members import Members

_LOG = logging.getLogger("tidegate.exchange")
_AGAIN_S = 0.7
_LOOK_EVERY_S = 1.0
_SECOND_LOOK_S = 0.5
_NOTE_EVERY_S = 10.0
_SAME_S = 0.5
MUCH_COUNT, LONGEST_CATCH_UP_S = 2_000, 300.0
"""So much that is to be taken in yet is waited for, and so long at most."""
AWAY_S = 15.0
"""A site that was not heard for so long is said to be away."""


class Exchanging:
    """Asks other sites until it is stopped.

    Parameters
    ----------
    journal
        The open journal.
    members
        Gives whom this site trusts, as it is then.
    addresses
        Where sites are asked, by name; before what the record says.
    key
        Gives what this site signs with.
    arrived
        Called after something new was taken in.
    kept
        What all sites share in secret.
    looked
        Called about every second.
    pace
        Gives seconds that only ever grow.

    Attributes
    ----------
    standing
        How each other site is doing, by name.
    began_s
        When this began, on the clock that only grows.
    """

    def __init__(
        self, journal: JournalFile, *, members: Callable[[], Members], addresses: Mapping[str, str],
        key: Callable[[], Ed25519PrivateKey], arrived: Callable[[], None], kept: SecretsFile,
        looked: Callable[[], None] = lambda: None, pace: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.standing: dict[str, PeerStanding] = {}
        self._journal, self._members, self._addresses, self._key = journal, members, addresses, key
        self._arrived, self._pace, self._kept, self._looked = arrived, pace, kept, looked
        self.began_s = pace()
        self._over = threading.Event()
        self._second_look = threading.Lock()
        self._wrong: set[tuple[str, int]] = set()
        self._threads: dict[str, threading.Thread] = {}
        self._named: frozenset[str] = frozenset()
        self._asked: dict[str, HttpPeer] = {}
        self._behind_since_s: float | None = None
        self._noted_s, self._before = self.began_s, noted_heard(journal.path.parent)
        self._watcher = threading.Thread(target=self._watch, name="exchange", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._look()
        self._watcher.start()

    def stop(self) -> None:
        """End after the page that is being taken in."""
        self._over.set()
        for thread in (self._watcher, *self._threads.values()):
            if thread.is_alive():
                thread.join(timeout=10.0)

    def away(self) -> tuple[str, ...]:
        """Return the sites that have not been heard for a while, by whichever way, asked from here or not.

        One that leaves a sheet where sites hand each other things is heard as long as that sheet lasts.
        """
        return tuple(name for name in self.unheard() if not self.has_left(self.standing[name]))

    def unheard(self) -> tuple[str, ...]:
        """Return the sites that do not answer for a while, and that no other reaches."""
        others = {one.name for one in self._members().others}
        return tuple(
            name for name, one in sorted(self.standing.items())
            if name in others and self.ago_s(one.awaited_s) > AWAY_S
        )  # fmt: skip

    def has_left(self, one: PeerStanding) -> bool:
        """Whether a site left a sheet that means that it is there now."""
        return one.left_until_s is not None and one.left_until_s > self._pace()

    def is_catching_up(self) -> bool:
        """Whether much is on its way that others have said of the same things: what follows from it can wait.

        Not for ever, for who says that there is more may never hand it over.
        """
        heads, asked = self._journal.heads(), list(self._asked.values())
        lacking = (end.number - heads.get(end.label, 0) for peer in asked for end in peer.told)
        if not any(count > MUCH_COUNT for count in lacking):
            self._behind_since_s = None
            return False
        if self._behind_since_s is None:
            self._behind_since_s = self._pace()
        return self._pace() - self._behind_since_s < LONGEST_CATCH_UP_S

    def ago_s(self, at_s: float | None, *, since: PeerStanding | None = None) -> float:
        """Return how long ago something was on the clock that only grows.

        Parameters
        ----------
        at_s
            When it was; None for never.
        since
            The site of which never is counted from when it was joined; without it, from the begin.
        """
        if at_s is None:
            at_s = since.known_s if since is not None else None
        return self._pace() - (self.began_s if at_s is None else at_s)

    def peer(self, name: str) -> HttpPeer:
        """Return a connection of one's own to another site."""
        return HttpPeer(
            own=self._journal.site, own_key=self._key, name=name, url=self._url(name),
            key=lambda: self._members().by_name[name].key, own_end=self._own_end,
        )  # fmt: skip

    def nobody_knows_more(self) -> bool:
        """Ask all other sites what this one said; whether all answered, and none knows more than is here.

        Of a folder that was put back from a copy they know more than it does.
        """
        others = [one.name for one in self._members().others]
        return bool(others) and all(self._knows_no_more(name) for name in others)

    def _knows_no_more(self, name: str) -> bool:
        if not self._url(name):
            return False
        peer = self.peer(name)
        try:
            ends = peer.ends()
        except TidegateError as error:
            _LOG.warning("a site was not asked for what this one said", extra={"why": str(error)})
            return False
        finally:
            peer.close()
        own = [end for end in ends if site_of(end.chain) == self._journal.site]
        return all(self._journal.has(end.chain, end.number, end.hash) for end in own)

    def _own_end(self) -> ChainEnd | None:
        chain = self._journal.chain()
        return next((end for end in self._journal.ends() if end.label == chain), None)

    def _url(self, name: str) -> str:
        return self._addresses.get(name) or self._members().by_name[name].address

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            try:
                self._look()
                self._looked()
                self._note()
            except Exception:  # noqa: BLE001  without this thread no site that is named later is ever asked
                _LOG.exception("sites were not looked for")

    def _look(self) -> None:
        """Begin to ask the sites that were named meanwhile, and name the histories that were imported."""
        members = self._members()
        if members.others:
            self._vouch(members)
        for one in members.others:
            url = self._url(one.name)
            standing = self.standing.setdefault(one.name, self._unheard(one.name, url))
            standing.url = url
            if one.name not in self._named:
                standing.known_s = self._pace()
            asking = self._threads.get(one.name)
            if url and (asking is None or not asking.is_alive()):  # it ends where a site is retired
                made = threading.Thread(
                    target=self._ask, args=(one.name,), name=f"exchange {one.name}", daemon=True
                )
                self._threads[one.name] = made
                made.start()
        self._named = frozenset(one.name for one in members.others)
        self._take_sheets()

    def _take_sheets(self) -> None:
        """Take in what the server or a command noted of the sheets that sites left."""
        pace_s, now_s = self._pace(), self._journal.now_s()
        for name, one in noted_sheets(self._journal.path.parent).items():
            if name in self.standing:
                self._leave(
                    name, pace_s - max(0.0, now_s - one.at_s), pace_s + one.until_s - now_s, one.place
                )

    def _leave(self, name: str, at_s: float, until_s: float, place: str) -> None:
        standing = self.standing[name]
        # Two clocks are read each time: the same sheet comes out a little otherwise, and is no newer one.
        if standing.left_s is None or at_s > standing.left_s + _SAME_S:
            standing.left_s, standing.left_until_s, standing.left_in = at_s, until_s, place

    def _unheard(self, name: str, url: str) -> PeerStanding:
        """Return a site that this server has not heard yet, though one before it may have."""
        ago_s = self._journal.now_s() - self._before[name] if name in self._before else -1.0
        return PeerStanding(name=name, url=url, before_s=self._pace() - ago_s if ago_s >= 0 else None)

    def _note(self) -> None:
        """Write down when each site was heard, for `tidegate site list` and the next server."""
        if self._pace() - self._noted_s < _NOTE_EVERY_S:
            return
        self._noted_s, heard = self._pace(), self.heard()
        if heard:
            note_heard(self._journal.path.parent, heard)

    def _vouch(self, members: Members) -> None:
        try:
            vouch_for_histories(self._journal, members)
        except TidegateError as error:
            _LOG.error("imported histories were not named to other sites", extra={"why": str(error)})

    def _ask(self, name: str) -> None:
        peer, standing, known = self.peer(name), self.standing[name], ""
        while not self._over.is_set():
            self._asked[name] = peer
            try:
                if name not in {one.name for one in self._members().others}:
                    break  # it was retired
                if peer.url != self._url(name).rstrip("/"):  # it was said to be somewhere else
                    peer.close()
                    peer = self.peer(name)
                asked_s = self._pace()
                drawn = draw(self._journal, peer, self._members, is_over=self._over.is_set)
                self._hear(standing, drawn, peer, asked_s)
                known = self._share(peer, standing, drawn, known)
                if not drawn.new_count:
                    self._look_again(peer)
            except PeerError as error:
                self._miss(standing, str(error), is_refusing=isinstance(error, StrangerError))
                standing.is_parting = standing.is_parting or isinstance(error, RetiredError)
            except TidegateError as error:
                self._miss(standing, f"what it has cannot be kept: {error}")
            except Exception:  # noqa: BLE001  a fault of ours here must not cut two sites for good
                _LOG.exception("an exchange failed")
                self._miss(standing, "a fault of ours, named in the log")
            else:
                continue
            self._over.wait(_AGAIN_S)
        self._asked.pop(name, None)
        peer.close()

    def _share(self, peer: HttpPeer, standing: PeerStanding, drawn: Drawn, known: str) -> str:
        """Take in what a site knows in secret, where it is not what it was; return its mark.

        Not before all is here that it had heard of: else a site that was just retired, which is not yet known
        here, would be told by us what was renewed because of it.
        """
        mark = peer.secrets_mark
        if mark in {"", known, self._kept.mark()}:
            return mark
        told = peer.secrets()
        is_abreast = all(
            end.chain in drawn.refused or self._journal.has(end.chain, end.number, end.hash)
            for end in told.ends
        )
        if not is_abreast:
            return known
        try:
            is_new = self._kept.take(told.text)
        except (InputError, OSError) as error:  # such as a full disk: what it says is taken in all the same
            if standing.withheld != str(error):
                _LOG.error("secrets were not taken", extra={"from": peer.peer, "why": str(error)})
            standing.withheld = str(error)
            return known
        standing.withheld = ""
        if is_new:
            _LOG.info("secrets were taken in", extra={"from": peer.peer})
            self._looked()
        return mark

    def _look_again(self, peer: HttpPeer) -> None:
        """Check for a moment what was taken in without its signature; one thread at a time."""
        if not self._second_look.acquire(blocking=False):
            return
        try:
            until_s = self._pace() + _SECOND_LOOK_S
            while self._pace() < until_s and not self._over.is_set():
                looked = look_again(self._journal, peer.entries)
                for label, number in set(looked.wrong) - self._wrong:
                    said = {"chain": label, "number": number}
                    _LOG.error("a signature is wrong, here and there", extra=said)
                self._wrong.update(looked.wrong)
                if not looked.count or looked.wrong:
                    return
        finally:
            self._second_look.release()

    def _hear(self, standing: PeerStanding, drawn: Drawn, peer: HttpPeer, asked_s: float) -> None:
        if standing.why:
            _LOG.info("a site is heard", extra={"site": standing.name})
        for chain, damage in drawn.refused.items():
            if standing.refused.get(chain) != damage:
                _LOG.error("not taken", extra={"chain": chain, "from": standing.name, "why": str(damage)})
        if drawn.unproven and drawn.unproven != standing.unproven:
            _LOG.error("not believed", extra={"from": standing.name, "why": drawn.unproven})
        standing.unproven = drawn.unproven
        standing.heard_s, standing.why, standing.refused = self._pace(), "", drawn.refused
        standing.is_refusing = standing.is_parting = False
        standing.ends = peer.told
        self._relay(peer, asked_s)
        if peer.clock_s is not None:
            standing.ahead_s = self._journal.now_s() - peer.clock_s
        if drawn.new_count:
            self._arrived()
        if drawn.refused:  # what is refused is offered at once again
            self._over.wait(_AGAIN_S)

    def _relay(self, peer: HttpPeer, asked_s: float) -> None:
        """Take in which sites a peer hears, and which it reaches by others: what those have comes by it.

        Counted from when it was asked, never later than it was: else two sites that hear each other would
        tell each other for ever that they reach one that neither does.
        """
        for name, ago_s in (*peer.hears.items(), *peer.reaches.items()):
            other = self.standing.get(name)
            if other is not None:
                at_s = asked_s - max(0.0, ago_s)
                other.relayed_s = at_s if other.relayed_s is None else max(other.relayed_s, at_s)
        for name, (ago_s, left_s) in peer.leaves.items():
            if name in self.standing:
                self._leave(name, asked_s - max(0.0, ago_s), asked_s + left_s, f"site {peer.peer}")

    def hears(self) -> dict[str, float]:
        """Return how many seconds ago each other site was heard from here itself."""
        standing = list(self.standing.values())
        return {one.name: self.ago_s(one.heard_s) for one in standing if one.heard_s is not None}

    def reaches(self) -> dict[str, float]:
        """Return how many seconds ago each other site was heard, from here or by way of others."""
        reached = {one.name: one.reached_s for one in list(self.standing.values())}
        return {name: self.ago_s(at_s) for name, at_s in reached.items() if at_s is not None}

    def leaves(self) -> dict[str, tuple[float, float]]:
        """Return how many seconds ago sites left a sheet that lasts, and for how many more it does."""
        left = [one for one in list(self.standing.values()) if self.has_left(one)]
        return {
            one.name: (self.ago_s(one.left_s), one.left_until_s - self._pace())
            for one in left if one.left_until_s is not None
        }  # fmt: skip

    def heard(self) -> dict[str, float]:
        """Return when each site that still writes was heard, by whichever way, in seconds since 1970."""
        now_s, others = self._journal.now_s(), {one.name for one in self._members().others}
        return {name: now_s - ago_s for name, ago_s in sorted(self.reaches().items()) if name in others}

    def _miss(self, standing: PeerStanding, why: str, *, is_refusing: bool = False) -> None:
        if why != standing.why:
            _LOG.warning("a site is not heard", extra={"site": standing.name, "why": why})
        standing.why, standing.is_refusing = why, is_refusing
