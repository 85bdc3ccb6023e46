"""How are copies of a site, on a terminal? A line for each, then one sentence on all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.inform.site.copy_check import CopyState, Judgement, Reading
from tidegate.inform.site.manifest import Manifest
from tidegate.journal.moment import moment_text
from tidegate.present.layout import plain
from tidegate.present.record.outage_text import span_text
from tidegate.present.sentence import listed

_MOST_NAMED = 3
_MOST_HEADS = 8
_COUNTED: Mapping[CopyState, str] = {
    CopyState.CURRENT: "whole and current",
    CopyState.BEHIND: "behind",
    CopyState.APART: "apart from another",
    CopyState.OLD: "too old",
    CopyState.UNREACHABLE: "unreachable",
    CopyState.CHANGED: "not what was published",
    CopyState.WENT_BACK: "back at an earlier publication",
}


def copies_text(judgements: Sequence[Judgement], now_s: float, *, has_keys: bool) -> str:
    """Return what was found of copies.

    Parameters
    ----------
    judgements
        How each is.
    now_s
        The moment, in seconds since 1970.
    has_keys
        Whether it was said which keys they may be signed with.
    """
    lines = [f"{one.reading.name}: {_line(one, now_s)}" for one in judgements]
    lines.append(_sentence(judgements, has_keys=has_keys))
    # Names of sites, addresses and files may be a stranger's.
    return "".join(f"{plain(text, unicode=True)}\n" for text in lines)


def _line(one: Judgement, now_s: float) -> str:
    reading, manifest = one.reading, one.reading.manifest
    if one.state is CopyState.CHANGED:
        shown = "; ".join(reading.wrong[:_MOST_NAMED])
        more = len(reading.wrong) - _MOST_NAMED
        what = f"not what was published: {shown}{f'; and {more} more' if more > 0 else ''}"
        return f"{what}; {_stated(manifest, now_s)}" if manifest else what
    if one.state is CopyState.UNREACHABLE or manifest is None:
        why = f"cannot be read: {reading.unread}"
        return f"{why}; {_stated(manifest, now_s)}" if manifest else why
    said = [_how(one, manifest), *_seen(reading), _stated(manifest, now_s)]
    return "; ".join([*said, "the newest"] if one.is_newest else said)


def _how(one: Judgement, manifest: Manifest) -> str:
    """Return how a copy is that is whole."""
    if one.state is CopyState.WENT_BACK:
        return f"went back: number {one.number} was seen before"
    if one.state is CopyState.OLD:
        old = f"whole, and was good until {moment_text(manifest.until_s)}: now it tells of the past"
        return f"{old}, and not of all that {one.beside} tells of" if one.beside else old
    if one.state is CopyState.APART:
        return f"whole; it and {one.beside} each tell of what the other does not: a cut"
    if one.state is CopyState.BEHIND:
        lags = f"it does not tell of all that {one.beside} tells of"
        return f"whole, but behind: {lags if one.beside else f'number {one.number} was seen elsewhere'}"
    return f"whole, good until {moment_text(manifest.until_s)}"


def _seen(reading: Reading) -> Iterator[str]:
    if reading.checked_count < reading.listed_count:
        yield f"{reading.checked_count} of {reading.listed_count} files were looked at"


def _stated(manifest: Manifest, now_s: float) -> str:
    """Return who made a publication, when, and what it tells of."""
    age_s = now_s - manifest.made_s
    made = f"made {span_text(age_s)} ago" if age_s >= 0 else f"dated {span_text(-age_s)} ahead of this clock"
    by = f"by {manifest.by} for {manifest.site}" if manifest.by else f"for {manifest.site}"
    return f"{by}, {made}, number {manifest.sequence}{_heads(manifest)}"


def _heads(manifest: Manifest) -> str:
    if not manifest.heads:
        return ""
    told = [f"{name} {number}" for name, number in sorted(manifest.heads.items())]
    more = [f"{len(told) - _MOST_HEADS} more"] if len(told) > _MOST_HEADS else []
    return f", tells of {listed([*told[:_MOST_HEADS], *more])}"


def _sentence(judgements: Sequence[Judgement], *, has_keys: bool) -> str:
    states = {one.state for one in judgements}
    said = [_summed(judgements)]
    cut = {
        one.reading.manifest.by for one in judgements if one.state is CopyState.APART and one.reading.manifest
    }
    if cut:
        said.append(f"{listed(sorted(cut))} have each told of something that the other has not")
    newest = [one.reading.name for one in judgements if one.is_newest and one.state is not CopyState.OLD]
    if newest:
        said.append(f"read {newest[0]}")
    if not has_keys and not states <= {CopyState.CHANGED, CopyState.UNREACHABLE}:
        said.append("without --key this says only that somebody signed")
    return f"{'; '.join(said)}."


def _summed(judgements: Sequence[Judgement]) -> str:
    count, states = len(judgements), [one.state for one in judgements]
    if count == 1:
        return f"The copy is {_COUNTED[states[0]]}"
    if set(states) == {CopyState.CURRENT}:
        return f"All {count} copies are {_COUNTED[CopyState.CURRENT]}"
    numbers = {state: states.count(state) for state in CopyState if state in states}
    told = [
        f"{number} {'is' if number == 1 else 'are'} {_COUNTED[state]}" for state, number in numbers.items()
    ]
    return f"Of {count} copies {listed(told)}"
