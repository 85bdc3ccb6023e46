"""The answer in the order in which it is asked for: what decides, what to do, how sure, what if not.

The same sentences under the same labels in a terminal, a comment, the report and the JSON. What must be
said stands before what may be left to a longer text; no fact that warns is among the latter.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.sentence import capitalised, ended, inside
from tidegate.present.verdict import highlights, verdict_words
from tidegate.present.verdict.comparison import Comparison, comparison
from tidegate.present.verdict.consequence import otherwise_part
from tidegate.present.verdict.counts import holding_worlds, runs_clause
from tidegate.present.verdict.fitting import fits_text
from tidegate.present.verdict.headline import (
    belief_text,
    beyond_text,
    partial_text,
    remedy_text,
    setting_text,
    settings_text,
)
from tidegate.present.verdict.reasons import why_part
from tidegate.present.verdict.said import Asked, Part
from tidegate.present.verdict.sureness import sure_part
from tidegate.present.verdict.tried_text import kept_pace_sentences, tried_sentences
from tidegate.present.verdict.unknown import how, measure_clause, name_of, unknown_numbers

_FITS_SHOWN = 3
_COMES_BACK = "service comes back with that, and what passes until then misses an objective"
_HOLDS_HERE = "with that it holds at the numbers given, and not over all of their ranges"
_BEARING_NOTES = ("Not used, and it bears", verdict_words.IDLE_BELIEF, "Not looked at")
_QUIET_NOTES = ("Run at", "Not used besides")  # how it was run, and what has no part in it
_OTHERWISE = "which may go otherwise"  # … and yet the whole world may


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One verdict, told.

    Parameters
    ----------
    verdict
        Whose it is.
    word, remedy
        The verdict's word, and what is to be done differently.
    loud
        What must be read before anything else; empty where there is nothing.
    why, do, sure, otherwise, notes
        What decides, what to do now, how sure that is, what comes of ignoring it, and what else was said.
    compared
        The ways it can go, side by side.
    """

    verdict: Verdict
    word: str
    remedy: str
    loud: str
    why: Part
    compared: Comparison
    do: Part
    sure: Part
    otherwise: Part
    notes: Part

    @property
    def parts(self) -> dict[str, Part]:
        """The parts by their labels, in their order."""
        return {"why": self.why, "do": self.do, "sure": self.sure, "else": self.otherwise, "note": self.notes}


def answer_of(verdict: Verdict, asked: Asked | None = None) -> Answer:
    """Return a verdict as it is told, with the commands that ask further of the same world."""
    compared = comparison(verdict)
    why = why_part(verdict, is_compared=len(compared.cases) > 1)
    return Answer(
        verdict=verdict,
        word=verdict_words.VERDICT_WORDS[verdict.verdict],
        remedy=remedy_text(verdict),
        loud=verdict_words.holding_back(verdict)[0] if verdict.holding_back_is_worse else "",
        why=why,
        compared=compared,
        do=_do(verdict, asked or Asked()),
        sure=sure_part(verdict),
        otherwise=otherwise_part(verdict, told=(remedy_text(verdict), *why.must)),
        notes=_notes(verdict),
    )


def says(answer: Answer) -> dict[str, object]:
    """Return the words of an answer as JSON has them."""
    return {
        "verdict": answer.word,
        "remedy": answer.remedy,
        **{label: [*part.must, *part.may] for label, part in answer.parts.items()},
    }


def command(verb: str, verdict: Verdict, asked: Asked, *options: str) -> str:
    """Return how to ask another verb of the same world; of one that no file states, how to keep it first."""
    words = ["tidegate", verb, asked.world or "WORLD"]
    if verdict.activity and asked.names_activity:
        words += ["--activity", shlex.quote(verdict.activity)]
    said = f"`{' '.join([*words, *options])}`"
    return said if asked.world else f"{said} (`--save WORLD` writes this one)"


def _do(verdict: Verdict, asked: Asked) -> Part:
    part, tried = _do_first(verdict, asked), tried_sentences(verdict)
    if verdict.verdict == "slow_down":  # a pace that holds is the answer
        return replace(part, may=(*tried, *part.may))
    brief = (*part.brief, *tried) if part.brief else ()
    return replace(part, must=(*part.must, *tried), may=(*_because(verdict), *part.may), brief=brief)


def _because(verdict: Verdict) -> tuple[str, ...]:
    """Return which sum the number of what is to be set stands beside, where it is one number."""
    found = verdict.remedy or verdict.partial
    settings = found.settings if found is not None else ()
    because = settings[0].because if len(settings) == 1 and settings[0].now else ""
    return (f"Why {settings[0].value}: {because}.",) if because else ()


def _do_first(verdict: Verdict, asked: Asked) -> Part:
    return {
        "proceed": _do_proceed,
        "slow_down": _do_slower,
        "protect_first": _do_protected,
        "stop": _do_stopped,
        "cannot_tell": _do_unknown,
    }[verdict.verdict](verdict, asked)


def _do_proceed(verdict: Verdict, asked: Asked) -> Part:
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    first = (f"Make sure of one thing first{how(rest)}",) if verdict.condition else ("Run it.",)
    further = f"How far further it may go:  {command('headroom', verdict, asked)}"
    return Part(must=first, may=(further,))


def _do_slower(verdict: Verdict, asked: Asked) -> Part:
    pace = f"Print the slower schedule:  {command('ramp', verdict, asked)}"
    kept = kept_pace_sentences(verdict)
    found = (*_instead(verdict), *kept, *_fitting(verdict))
    spare = "It looks for a pace with something to spare in each number, which may be slower than this."
    brief = (pace, *_shown_instead(verdict), *kept, *_fitting(verdict)) if found else ()
    return Part(must=(pace, *found), may=(spare,), brief=brief)


def _do_protected(verdict: Verdict, asked: Asked) -> Part:
    settings = verdict.remedy.settings if verdict.remedy is not None else ()
    listed = ", ".join(f"{one.path}={one.value}" for one in settings)
    must = [f"Set {listed}."]
    must.append(f"As files for your devices:  {command('protect', verdict, asked, '--out DIR')}")
    spare = "They have something to spare in each number, so they may be stricter than this."
    found = _instead(verdict)
    brief = (*must, *_shown_instead(verdict), *_fitting(verdict)) if found else ()
    return Part(must=(*must, *found, *_fitting(verdict)), may=(spare,), brief=brief)


def _fitting(verdict: Verdict) -> tuple[str, ...]:
    """Return what would keep the limits that are exceeded, each by itself; of the ranges it knows nothing."""
    run = {one.settings[0].path for one in verdict.tried if one.fits}  # told with what came of it
    left = [one for one in verdict.fits if one.path not in run]
    if not left:
        return ()
    wrong = highlights.deciding_case(verdict) if verdict.condition else highlights.believed(verdict)
    case = f"{verdict_words.case_clause(wrong)}, " if wrong is not highlights.believed(verdict) else ""
    opening = capitalised(f"{case}by arithmetic alone, at the numbers given, it would fit")
    return (f"{opening} with {fits_text(left)}.",)


def _do_stopped(verdict: Verdict, asked: Asked) -> Part:
    fits = [f"{setting_text(one)} ({one.path})" for one in verdict.fits]
    if fits:
        more = len(fits) - _FITS_SHOWN
        listed = [f"- {one}" for one in fits[: _FITS_SHOWN + (more == 1)]]
        listed += [f"- or one of {more} more (--more)"] if more > 1 else []
        were_run = any(one.fits for one in verdict.tried)
        opening = "One of these fits, by itself" if len(fits) > 1 else "This fits"
        opening += ":" if were_run else ", by the sum alone (not run):"
        return Part(must=(opening, *listed, *_first_find_out(verdict, "Find"), *_too_slow(verdict)), may=())
    found = _first_find_out(verdict, "Find")
    searched = f"Look for settings that hold:  {command('protect', verdict, asked)}"
    smaller = f"Or how far it may go:  {command('headroom', verdict, asked)}"
    must = found or (*_do_partly(verdict, asked), searched)
    must = (*must, *_too_slow(verdict))
    return Part(
        must=must,
        may=(smaller,),
        brief=(*_shown_first(verdict, "Show it first"), *_too_slow(verdict, is_brief=True)) if found else (),
    )


def _too_slow(verdict: Verdict, *, is_brief: bool = False) -> tuple[str, ...]:
    """Return that the one slower pace which was tried is not enough either: of others nothing is known.

    Where the ways it can go stand beside it they have its numbers.
    """
    slower = highlights.case_named(verdict, "slower")
    if slower is None or (verdict.partial is not None and verdict.partial.case == slower.name):
        return ()
    if any(one.name == slower.title for one in verdict.tried):
        return ()  # told with what else was tried
    pace = slower.title.partition(" instead of ")[0]
    if slower.collapse.value <= verdict.acceptable_ratio:
        return (f"Slower is not shown to hold: {pace} is the one pace tried.",)
    said = f"Slower is not enough: {pace}, the one pace tried"
    if is_brief:
        return (f"{said}.",)
    even = "" if highlights.deciding_case(verdict) is highlights.believed(verdict) else ", even as believed"
    return (f"{said}, {runs_clause(slower.collapse, fails='fail')}{even}.",)


def _do_partly(verdict: Verdict, asked: Asked) -> tuple[str, ...]:
    """Return what helps although it is not shown to be enough, and what it leaves."""
    partial = verdict.partial
    if partial is None:
        return ()
    listed = ", ".join(f"{one.path}={one.value}" for one in partial.settings)
    if not partial.keeps_objectives:
        return (f"Set {listed}: {_COMES_BACK}.",)
    if partial.settings:
        return (f"Set {listed}: {_HOLDS_HERE}.",)
    pace = f"{capitalised(partial_text(verdict))}, and not over all of their ranges"
    return (f"{pace}. With something to spare:  {command('ramp', verdict, asked)}",)


def _do_unknown(verdict: Verdict, asked: Asked) -> Part:
    rests = unknown_numbers(verdict)
    if not rests:
        over = next((one.collapse.value for one in verdict.ranges if one.case == "believed"), 0.0)
        if over > 0.0:
            listed = [f"- {name_of(one)}: {measure_clause(one)}" for one in verdict.widest]
            return Part(must=("Narrow what is known least, and ask again:", *listed), may=())
        return Part(must=("Give it more runs:  --runs 2000",), may=())
    many = len(rests) > 1  # what is listed is the first to be left out for room
    must = [*(_fitting(verdict) if many else ()), *_found_out(rests)]
    if verdict.remedy is not None:
        settings = verdict.remedy.settings
        tips = next((f"; at {one.fails_at} it does not" for one in settings if one.fails_at), "")
        named = settings_text(settings, most_count=len(settings))
        must.append(f"Or set {named}: with that {_over_ranges(verdict)}{tips}.")
    worst = "".join(f" --set {one.path}={one.unsafe_end}" for one in rests if one.unsafe_end)
    must += () if many else _fitting(verdict)
    lead = f"Nobody to ask? How far it may go in any case{f', with{worst}' if worst else ''}"
    smaller = f"{lead}:  {command('headroom', verdict, asked)}"
    return Part(must=tuple(must), may=(smaller,))


def _over_ranges(verdict: Verdict) -> str:
    """Return over how much of the ranges it holds with the remedy, as its runs say."""
    ranges = highlights.drawn(verdict, "protected")
    if ranges is None or not ranges.collapse.value > 0.0:
        return "it holds over all of the ranges"
    return f"{holding_worlds(ranges)} from the ranges hold"


def _found_out(rests: tuple[Rest, ...]) -> tuple[str, ...]:
    """Return how to find out what must be known, all of it before it is asked again."""
    first = rests[0]
    if len(rests) > 1:
        settings = " ".join(f"--set {one.path}=VALUE" for one in rests)
        many = "both" if len(rests) == 2 else f"these {len(rests)}"
        listed = [f"- {name_of(one)}: {measure_clause(one)}" for one in rests]
        return (f"Find out {many}, then the same command with {settings}:", *listed)
    again = f" Then the same command with --set {first.path}=VALUE." if first.kind == "number" else ""
    opening = f"Find out {name_of(first)}" if first.kind == "number" else "Find out"
    return (f"{opening}: {measure_clause(first)}{again}",)


def _instead(verdict: Verdict) -> tuple[str, ...]:
    """Return how to show what the verdict hangs on, where that is enough; else that it is not."""
    if verdict.condition_settles or not verdict.condition:
        return _first_find_out(verdict, "Or find")
    return (f"It is not enough to show that {belief_text(verdict)}: {beyond_text(verdict)}.",)


def _shown_instead(verdict: Verdict) -> tuple[str, ...]:
    """Return the same in fewer words; the belief, which may be long, by the name of its opposite."""
    if verdict.condition_settles or not verdict.condition:
        return _shown_first(verdict)
    wrong = highlights.deciding_case(verdict).title
    return (f"Proof against “{wrong}” is not enough: {beyond_text(verdict)}.",)


def _first_find_out(verdict: Verdict, opening: str) -> tuple[str, ...]:
    """Return how to find out whether the belief is true that a verdict hangs on."""
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    if rest is None:
        return ()
    return (f"{opening} out first whether {inside(rest.says)}, {_enough(verdict)}{how(rest)}",)


def _shown_first(verdict: Verdict, opening: str = "Or show it") -> tuple[str, ...]:
    """Return how to show what stands beside the verdict's word, which is not said again."""
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    if rest is None or not rest.measure:
        return _first_find_out(verdict, "Or find")
    return (f"{opening}, {_enough(verdict)}: {ended(rest.measure, capital=False)}",)


def _enough(verdict: Verdict) -> str:
    """Return whether it is all that stands in the way, so that nobody shows it and is held up again."""
    return "which is enough" if verdict.condition_settles else "which alone is not enough"


def _notes(verdict: Verdict) -> Part:
    """Return what was assumed, is not used or has no effect: what bears on the answer first."""
    notes = verdict_words.notes_texts(verdict)
    left_out = sum(not row.means for row in verdict.read)
    many = "1 number of the files was" if left_out == 1 else f"{left_out:,} numbers of the files were"
    counted = [f"{many} left out; --more says which, and why."]
    must = [note for note in notes if not note.startswith(_QUIET_NOTES) or _OTHERWISE in note]
    must.sort(key=lambda note: not note.startswith(_BEARING_NOTES))
    return Part(
        must=(*(counted if left_out else []), *must),
        may=tuple(note for note in notes if note not in must),
    )
