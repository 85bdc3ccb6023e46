"""Case: take in a customer's request for help, sort it, answer it, close it.

Accepting asks nobody: not who the customer is, not whether they may, not where the case belongs. Those
are found out afterwards, and a wrong answer to them changes nothing about the case being kept. Web form,
API, mail and command line call the same functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, FaultKind, InputError
from tidegate.inform.site.visibility import is_public
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, Entry, new_id
from tidegate.journal.entry_kinds import LONGEST_LINE_BYTES, LONGEST_TEXT_BYTES
from tidegate.track.case import Case, case_id, fitting, impact_rank, is_burst, likely_outage
from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk, Report, open_outage
from tidegate.world.file.nearest_name import listed, nearest

MOST_COMPONENTS = MOST_DENIED = 50
TOGETHER_COUNT = 500
"""How many entries a work on many cases appends at once."""
TITLE_LETTERS_COUNT = 80
BURST_S = 600.0
"""In which time cases count as one burst."""
ME_TOO = "It is broken for me too."
_ID = re.compile(r"[a-z0-9]{12}", re.ASCII)
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a customer sends, as it came.

    Parameters
    ----------
    text, title
        What they write, and its subject line.
    contact
        Where to answer; empty where they said nothing.
    segment, components
        What they say they use, and what they say is broken.
    language
        The language to answer in.
    channel
        "web", "api", "email" or "command line".
    key
        The sender's idempotency key: the same key, contact and text are the same case.
    outage, is_me_too
        The outage they say it belongs to, and whether that is all they say.
    denied
        The outages they say it does not belong to.
    is_exercise
        It belongs to a drill.
    """

    text: str
    title: str = ""
    contact: str = ""
    segment: str = ""
    components: Sequence[str] = ()
    language: str = ""
    channel: str = "web"
    key: str = ""
    outage: str = ""
    is_me_too: bool = False
    denied: Sequence[str] = ()
    is_exercise: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the text is longer than what is kept of it."""
        return len(self.text.encode("utf-8", "replace")) > LONGEST_TEXT_BYTES


def received(submission: Submission, entropy: bytes) -> Draft:
    """Return the entry that keeps a submission; there is none that cannot be kept.

    What is too long is cut, what cannot be written is left out.

    Parameters
    ----------
    submission
        What came.
    entropy
        16 random bytes.
    """
    text = _cut(submission.text, LONGEST_TEXT_BYTES) or (ME_TOO if submission.is_me_too else "")
    contact, key = _line(submission.contact), _line(submission.key)
    payload: dict[str, object] = {"text": text, "channel": submission.channel}
    lines = {
        "title": _line(submission.title) or _first_words(text),
        "contact": contact,
        "segment": _line(submission.segment),
        "language": _line(submission.language)[:20],
        "key": key,
        "outage": submission.outage if _ID.fullmatch(submission.outage) else "",
    }
    payload |= {name: value for name, value in lines.items() if value}
    components = [_line(name) for name in submission.components[:MOST_COMPONENTS]]
    payload |= {"components": components} if any(components) else {}
    denied = [name for name in submission.denied if _ID.fullmatch(name)][:MOST_DENIED]
    payload |= {"denied": denied} if denied else {}
    payload |= {"me_too": True} if submission.is_me_too else {}
    payload |= {"exercise": True} if submission.is_exercise else {}
    subject = case_id(key=key, contact=contact, text=text, entropy=entropy)
    return Draft(kind="case.received", subject=subject, payload=payload, by="customer")


def _cut(text: str, most_bytes: int) -> str:
    whole = text.replace("\r\n", "\n").replace("\0", "").encode("utf-8", "replace")
    return whole[:most_bytes].decode("utf-8", "ignore")


def _line(text: str) -> str:
    return _cut(" ".join(_UNPRINTED.sub(" ", text).split()), LONGEST_LINE_BYTES)


def _first_words(text: str) -> str:
    """Return the begin of a text as a title."""
    words = _line(text[: TITLE_LETTERS_COUNT + 1])
    return words if len(words) <= TITLE_LETTERS_COUNT else f"{words[:TITLE_LETTERS_COUNT].rstrip()}…"


def find_case(state: State, name: str) -> Case:
    """Return the case of an id or of the beginning of one.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    exact = state.cases.get(name)
    found = [exact] if exact else [one for id_, one in state.cases.items() if name and id_.startswith(name)]
    if len(found) == 1:
        return found[0]
    ids = [one.id for one in found] or list(state.cases)[:100]
    what = "more than one case fits" if found else "there is no such case"
    kind: FaultKind = "statement" if found else "absent"
    raise InputError(
        Fault(what=what, kind=kind, value=name[:60], allowed=listed(ids), nearest=nearest(name, ids))
    )


def received_entry(entries: Iterable[Entry]) -> Entry | None:
    """Return the entry by which a case was first received; None where it is not among them."""
    return next((entry for entry in entries if entry.kind == "case.received"), None)


# -- sorting ----------------------------------------------------------------------------------------


def sort_cases(desk: Desk, cases: Iterable[Case], *, segments: Mapping[str, str] | None = None) -> int:
    """Count cases to the outages they most likely belong to; return how many were counted anew.

    Parameters
    ----------
    desk
        Where we work.
    cases
        Those to look at; closed ones and those a person linked are left alone.
    segments
        The segment of a case as a directory knows it, by case id; used where the customer named none.
    """
    outages = {one.id: one for one in desk.state.outages()}
    drafts = []
    for case in cases:
        known = outages.get(case.outage)
        if not case.is_open or (known is not None and not known.into):
            continue
        chosen, because = _where(_with_segment(case, segments or {}), outages, known)
        if chosen != case.outage:
            because = because or "the outage it named is not on record"
            # It came with a guess to the outage that was merged: so it stays one.
            is_guessed = case.is_guessed and known is not None
            drafts.append(_linked(desk, case, chosen, because, is_guessed=is_guessed))
    _say_in_turns(desk, drafts)
    return len(drafts)


def _where(case: Case, outages: Mapping[str, Outage], known: Outage | None) -> tuple[str, str]:
    if known is not None and known.into in outages:
        return known.into, f"{known.id} was merged into it"
    return likely_outage(case, list(outages.values()))


def _linked(desk: Desk, case: Case, outage: str, because: str, *, is_guessed: bool) -> Draft:
    payload = {"outage": outage, "because": because, **({"guessed": True} if is_guessed else {})}
    return Draft(kind="case.linked", subject=case.id, payload=payload, by=desk.by)


def proposed_outage(case: Case, outages: Sequence[Outage]) -> Outage | None:
    """Return the outage that a case may belong to for want of another, for a person to say; None for none.

    It is the only one that is open and public. A case that names something is not guessed at.
    """
    if case.outage or case.components or case.segment or not case.is_open:
        return None
    lasting = [one for one in fitting(case, outages) if one.is_open and is_public(one)]
    return lasting[0] if len(lasting) == 1 else None


def _with_segment(case: Case, segments: Mapping[str, str]) -> Case:
    if case.segment or case.id not in segments:
        return case
    known = Case(case.id)
    known.received_s, known.components, known.segment = case.received_s, case.components, segments[case.id]
    known.denied = case.denied
    return known


def waiting(state: State, *, outage: str = "") -> list[Case]:
    """Return the open cases, those to be answered first first; of one outage where it is named.

    A segment weighs as much as open cases come from it.
    """
    outages = {one.id: one for one in state.outages()}
    chosen = [one for one in state.cases.values() if one.is_open and (not outage or one.outage == outage)]
    weights = Counter(one.segment for one in chosen if one.segment)
    return sorted(chosen, key=lambda one: impact_rank(one, outages, weights))


def burst(desk: Desk) -> Outage | None:
    """Open an emerging outage where more cases come than by chance that no outage explains.

    Its cases are counted to it, and so are those that follow while it is open: one burst is one outage.
    Cases that name nothing are no sign of another outage while one is open.

    Returns
    -------
    Outage or None
        The outage that was opened; None where there is no new burst.
    """
    now_s = desk.clock()
    lasting = [one for one in desk.state.outages() if one.is_open and not one.is_exercise]
    loose = [
        one
        for one in desk.state.cases.values()
        if not one.outage and not one.is_exercise and (one.components or one.segment or not lasting)
    ]
    received_s = [one.received_s for one in loose if one.received_s is not None]
    recent = [one for one in loose if (one.received_s or 0.0) > now_s - BURST_S and one.is_open]
    known = next((one for one in lasting if one.source == "cases"), None)
    if known is not None:
        _count_to(desk, recent, known)
    if known is not None or not is_burst(received_s, now_s, window_s=BURST_S):
        return None
    opened = open_outage(desk, _reported(desk, recent))
    _count_to(desk, recent, opened)
    return opened


def _reported(desk: Desk, cases: Sequence[Case]) -> Report:
    """Return what a burst of cases says: the component that most of them name."""
    declared = {one.id: one.title for one in desk.state.components()}
    named = [name for one in cases for name in one.components if name in declared]
    most = max(sorted(set(named)), key=named.count, default="")
    return Report(
        title=f"Customers report trouble with {declared[most]}" if most else "Customers report trouble",
        since_s=min(one.received_s for one in cases if one.received_s is not None),
        components={most: "unknown"} if most else {},
        source="cases",
        certainty="possible",
    )


def _count_to(desk: Desk, cases: Sequence[Case], outage: Outage) -> None:
    because, hit = "it came in a burst of cases", set(outage.components)
    _say_in_turns(
        desk,
        [
            _linked(desk, one, outage.id, because, is_guessed=not hit & set(one.components))
            for one in cases
            if outage.id not in one.denied
        ],
    )


# -- answering --------------------------------------------------------------------------------------


def reply(desk: Desk, cases: Sequence[Case], text: str) -> str:
    """Answer cases, each in its own thread; return the id of the reply to many, empty for one case.

    Raises
    ------
    InputError
        If there are no words, or no cases.
    """
    faults = [] if text.strip() else [Fault(what="an answer needs words", kind="statement")]
    faults += [] if cases else [Fault(what="there is no case to answer", kind="statement")]
    if faults:
        raise InputError(*faults)
    broadcast = new_id(b"broadcast\0" + desk.entropy()) if len(cases) > 1 else ""
    payload = {"text": text, **({"broadcast": broadcast} if broadcast else {})}
    _say_in_turns(
        desk, [Draft(kind="case.replied", subject=one.id, payload=payload, by=desk.by) for one in cases]
    )
    return broadcast


def close(desk: Desk, cases: Sequence[Case], because: str = "") -> int:
    """Close cases that are open; return how many."""
    payload = {"because": because} if because else {}
    drafts = [
        Draft(kind="case.closed", subject=one.id, payload=payload, by=desk.by) for one in cases if one.is_open
    ]
    _say_in_turns(desk, drafts)
    return len(drafts)


def reopened(case: str, text: str = "", *, key: str = "") -> Draft:
    """Return the entry that says a case is still broken for its customer; `key` names the mail that does."""
    said = {"text": _cut(text, LONGEST_TEXT_BYTES), "key": _line(key)}
    payload = {name: value for name, value in said.items() if value}
    return Draft(kind="case.reopened", subject=case, payload=payload, by="customer")


def is_said(entries: Iterable[Entry], draft: Draft) -> bool:
    """Whether what a customer says of a case is kept already: the same mail comes twice."""
    key = draft.payload.get("key")
    return bool(key) and any(
        entry.kind == "case.reopened" and entry.payload.get("key") == key for entry in entries
    )


def link(desk: Desk, case: Case, outage: str, because: str = "") -> Case:
    """Count a case to an outage, or with an empty id to none."""
    payload = {"outage": outage, **({"because": because} if because else {})}
    desk.say([Draft(kind="case.linked", subject=case.id, payload=payload, by=desk.by)])
    return find_case(desk.state, case.id)


def _say_in_turns(desk: Desk, drafts: Sequence[Draft]) -> None:
    for first in range(0, len(drafts), TOGETHER_COUNT):
        desk.say(drafts[first : first + TOGETHER_COUNT])
