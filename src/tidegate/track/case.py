"""Where is one customer's request for help? Few words each, so that very many fit.

A case's texts stay in the journal; here is what is needed to sort, link and answer. Its state follows
from the last word of each kind, so it is the same in whatever order the entries come.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Stamp
from tidegate.journal.entry import Entry, new_id
from tidegate.journal.fold import NEVER
from tidegate.journal.moment import moment_text
from tidegate.track.component import RANK, Status, worst
from tidegate.track.outage import Outage


class CaseState(enum.Enum):
    """Where a case stands."""

    RECEIVED = "received"
    LINKED = "linked"
    REPLIED = "replied"
    CLOSED = "closed"
    REOPENED = "reopened"


class Case:
    """A customer's request for help, as far as the journal knows it.

    Attributes
    ----------
    id
        Its id; the same submission has the same id at every site.
    received_s
        When it was first received, in seconds since 1970; None while only later entries are here.
    title, contact, segment, components, language, channel, is_me_too
        As received.
    is_exercise
        Whether it belongs to a drill: nobody waits for an answer, and it counts nowhere.
    outage
        The outage it is counted to; empty for none.
    denied
        The outages that it says it does not belong to.
    is_guessed
        Whether neither a person nor what it names says that it belongs to `outage`.
    replies_count
        How many answers it got.
    """

    __slots__ = (
        "_closed", "_linked", "_received", "_reopened", "_replied", "channel", "components", "contact",
        "denied", "id", "is_exercise", "is_guessed", "is_me_too", "language", "outage", "received_s",
        "replies_count", "segment", "title",
    )  # fmt: skip

    def __init__(self, subject: str) -> None:
        self.id = subject
        self.received_s: float | None = None
        self.title = self.contact = self.segment = self.language = self.channel = ""
        self.components: tuple[str, ...] = ()
        self.denied: tuple[str, ...] = ()
        self.is_me_too = self.is_guessed = self.is_exercise = False
        self.outage = ""
        self.replies_count = 0
        self._received: tuple[Stamp, str, int] | None = None
        self._linked = self._replied = self._closed = self._reopened = NEVER

    @property
    def state(self) -> CaseState:
        """Where it stands."""
        if self._closed > max(self._reopened, NEVER):
            return CaseState.CLOSED
        if self._replied > max(self._reopened, self._closed):
            return CaseState.REPLIED
        if self._reopened > NEVER:
            return CaseState.REOPENED
        return CaseState.LINKED if self.outage else CaseState.RECEIVED

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for us."""
        return self.state is not CaseState.CLOSED and not self.is_exercise

    def take(self, entry: Entry) -> None:
        """Add one of its entries, in any order."""
        _TAKE[entry.kind](self, entry)

    def _receive(self, entry: Entry) -> None:
        # The same submission, accepted by two sites: what the first one took is the case.
        if self._received is not None and self._received < entry.order:
            return
        payload = entry.payload
        self._received = entry.order
        self.received_s = entry.said_s
        self.title = payload.get("title", "")
        self.contact = payload.get("contact", "")
        self.segment = payload.get("segment", "")
        self.components = tuple(payload.get("components", ()))
        self.denied = tuple(payload.get("denied", ()))
        self.language = payload.get("language", "")
        self.channel = payload["channel"]
        self.is_me_too = payload.get("me_too", False)
        self.is_exercise = payload.get("exercise", False)
        if self._linked == NEVER:
            self.outage = payload.get("outage", "")

    def _link(self, entry: Entry) -> None:
        if entry.order > self._linked:
            self._linked = entry.order
            self.outage = entry.payload["outage"]
            self.is_guessed = entry.payload.get("guessed", False)

    def _reply(self, entry: Entry) -> None:
        self.replies_count += 1
        self._replied = max(self._replied, entry.order)

    def _close(self, entry: Entry) -> None:
        self._closed = max(self._closed, entry.order)

    def _reopen(self, entry: Entry) -> None:
        self._reopened = max(self._reopened, entry.order)


_TAKE = {
    "case.received": Case._receive,  # noqa: SLF001  a table of its own methods
    "case.linked": Case._link,  # noqa: SLF001
    "case.replied": Case._reply,  # noqa: SLF001
    "case.closed": Case._close,  # noqa: SLF001
    "case.reopened": Case._reopen,  # noqa: SLF001
}


def case_id(*, key: str, contact: str, text: str, entropy: bytes) -> str:
    """Return a case's id: the same for the same submission, at whichever site it arrives.

    Parameters
    ----------
    key
        The sender's idempotency key; empty where it gave none.
    contact, text
        Part of the identity where a key is given, so that a guessed key reaches nobody else's case.
    entropy
        At least 16 random bytes, used where no key is given.
    """
    if not key:
        return new_id(b"case\0" + entropy)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return new_id(b"\0".join((b"case", key.encode(), contact.encode(), digest)))


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a customer can show, and anybody can verify with the site's public key.

    Parameters
    ----------
    case
        The case's id.
    site, number
        Where in whose journal it stands.
    said_s
        When it was accepted, in seconds since 1970.
    text_hash
        SHA-256 of the text that was accepted.
    shown_by
        The site that shows it again, and signs it, where another one accepted the case; else empty.
    """

    case: str
    site: str
    number: int
    said_s: float
    text_hash: str
    shown_by: str = ""

    def signed_text(self) -> str:
        """Return the lines that are signed: readable, and the same for the same receipt."""
        lines = (
            "tidegate receipt 1",
            f"case {self.case}",
            f"accepted {moment_text(self.said_s)} by site {self.site} as entry {self.number}",
            f"text sha256 {self.text_hash}",
            *([f"shown again by site {self.shown_by}"] if self.shown_by else []),
        )
        return "\n".join(lines) + "\n"


def receipt(entry: Entry, by: str) -> Receipt:
    """Return the receipt for a received case.

    Parameters
    ----------
    entry
        The entry that keeps it.
    by
        The site that signs the receipt: it cannot sign as another, so it says that it shows it again.
    """
    text_hash = hashlib.sha256(entry.payload["text"].encode()).hexdigest()
    return Receipt(
        case=entry.subject, site=entry.site, number=entry.number, said_s=entry.said_s, text_hash=text_hash,
        shown_by="" if site_of(entry.site) == by else by,
    )  # fmt: skip


LINK_BEFORE_S = 3600.0
"""A case may be that much older than the beginning we know of: customers often notice first."""
LINK_AFTER_S = 6 * 3600.0
"""A case may be that much younger than the end of an outage."""


def likely_outage(case: Case, outages: Sequence[Outage]) -> tuple[str, str]:
    """Return the outage that a case most likely belongs to, and why; two empty texts for none.

    Its component counts most, then its segment; either must fit, and the time. A case that names
    neither belongs to none until a person says so, and never to one that it says it does not belong to.
    """
    open_ones = fitting(case, outages)
    scored = sorted(((_likeness(case, one), one.since_s, one.id) for one in open_ones), reverse=True)
    if scored and scored[0][0] > 0:
        chosen = next(one for one in open_ones if one.id == scored[0][2])
        named = sorted(set(case.components) & set(chosen.components))
        return chosen.id, f"names {', '.join(named)}" if named else f"segment {case.segment} is affected"
    return "", ""


def fitting(case: Case, outages: Sequence[Outage]) -> list[Outage]:
    """Return the outages that a case may belong to by its time and by what it says it does not belong to."""
    if case.received_s is None:
        return []
    denied = {*case.denied, *(one.into for one in outages if one.id in case.denied and one.into)}
    return [one for one in outages if one.id not in denied and _fits_in_time(case.received_s, one)]


def _fits_in_time(received_s: float, one: Outage) -> bool:
    if one.into or one.is_exercise or one.state.value == "false_alarm":
        return False
    end_s = float("inf") if one.until_s is None else one.until_s + LINK_AFTER_S
    return one.since_s - LINK_BEFORE_S <= received_s <= end_s


def _likeness(case: Case, one: Outage) -> int:
    shared = len(set(case.components) & set(one.components))
    return 2 * bool(shared) + bool(case.segment and case.segment in one.segments)


def impact_rank(
    case: Case, outages: Mapping[str, Outage], segment_weight: Mapping[str, int]
) -> tuple[int, ...]:
    """Return by what a case is answered before others: the smaller the sooner.

    A reopened case comes first, then what is worst hit, then whoever says more than *me too*, then the
    heavier segment, then the oldest.

    Parameters
    ----------
    case
        The case.
    outages
        The outages, by id.
    segment_weight
        How many customers a segment has, or any measure like it; 0 where nothing is known.
    """
    one = outages.get(case.outage)
    hit = worst(one.components.values()) if one is not None and one.is_open else Status.OPERATIONAL
    reopened = case.state is CaseState.REOPENED
    received_ms = round((case.received_s or 0.0) * 1000)
    return (not reopened, -RANK[hit], case.is_me_too, -segment_weight.get(case.segment, 0), received_ms)


def is_burst(
    received_s: Sequence[float], now_s: float, *, window_s: float = 600.0, least_count: int = 5
) -> bool:
    """Whether more cases come than by chance: a signal that something is broken.

    The last window must hold `least_count` cases and more than three standard deviations (of a
    Poisson count) above what the 24 hours before it lead one to expect.

    Parameters
    ----------
    received_s
        When cases were received, in seconds since 1970; any order.
    now_s
        The end of the window.
    """
    day_s = 86_400.0
    recent = sum(1 for at_s in received_s if now_s - window_s < at_s <= now_s)
    before = sum(1 for at_s in received_s if now_s - window_s - day_s < at_s <= now_s - window_s)
    expected = before * window_s / day_s
    return recent >= least_count and recent > expected + 3.0 * max(expected, 1.0) ** 0.5
