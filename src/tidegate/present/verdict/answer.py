"""The answer in the order in which it is asked for: what decides, what to do, how sure, what if not.

The same sentences under the same labels in a terminal, a comment, the report and the JSON. What must be
said stands before what may be left to a longer text; no fact that warns is among the latter.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from tidegate.evaluate.judging.verdict import CaseEvidence, Ranges, Verdict
from tidegate.present.rehearsal.rehearsed_words import rehearsed_text
from tidegate.present.sentence import capitalised, ended, inside
from tidegate.present.verdict import counts, highlights, verdict_words
from tidegate.present.verdict.comparison import Comparison, comparison
from tidegate.present.verdict.consequence import otherwise_part
from tidegate.present.verdict.headline import partial_text, remedy_text, setting_text, settings_text
from tidegate.present.verdict.reasons import why_part
from tidegate.present.verdict.said import Asked, Part
from tidegate.present.verdict.unknown import how, measure_clause, name_of

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
    return Answer(
        verdict=verdict,
        word=verdict_words.VERDICT_WORDS[verdict.verdict],
        remedy=remedy_text(verdict),
        loud=verdict_words.holding_back(verdict)[0] if verdict.holding_back_is_worse else "",
        why=why_part(verdict, is_compared=len(compared.cases) > 1),
        compared=compared,
        do=_do(verdict, asked or Asked()),
        sure=_sure(verdict),
        otherwise=otherwise_part(verdict),
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
    pace = f"As a schedule:  {command('ramp', verdict, asked)}"
    found = _first_find_out(verdict, "Or find")
    spare = "It looks for a pace with something to spare in each number, which may be slower than this."
    return Part(must=(pace, *found), may=(spare,), brief=(pace, *_shown_first(verdict)) if found else ())


def _do_protected(verdict: Verdict, asked: Asked) -> Part:
    settings = verdict.remedy.settings if verdict.remedy is not None else ()
    listed = ", ".join(f"{one.path}={one.value}" for one in settings)
    must = [f"Set {listed}."]
    must.append(f"As files for your devices:  {command('protect', verdict, asked, '--out DIR')}")
    fits = (
        "They have something to spare in each number, so they may be stricter than this.",
        *(f"Or, by arithmetic alone: {setting_text(one)}." for one in verdict.fits[:1]),
    )
    found = _first_find_out(verdict, "Or find")
    brief = (*must, *_shown_first(verdict)) if found else ()
    return Part(must=(*must, *found), may=fits, brief=brief)


def _do_stopped(verdict: Verdict, asked: Asked) -> Part:
    fits = [f"{setting_text(one)} ({one.path})" for one in verdict.fits]
    if fits:
        more = len(fits) - _FITS_SHOWN
        listed = [f"- {one}" for one in fits[: _FITS_SHOWN + (more == 1)]]
        listed += [f"- or one of {more} more (--more)"] if more > 1 else []
        opening = "One of these fits, by itself:" if len(fits) > 1 else "This fits:"
        return Part(must=(opening, *listed, *_first_find_out(verdict, "Find")), may=())
    found = _first_find_out(verdict, "Find")
    searched = f"Look for settings that hold:  {command('protect', verdict, asked)}"
    smaller = f"Or how far it may go:  {command('headroom', verdict, asked)}"
    must = found or (*_do_partly(verdict, asked), searched)
    return Part(must=must, may=(smaller,), brief=_shown_first(verdict, "Show it") if found else ())


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
    rest = highlights.rest_named(verdict, verdict.deciding) if verdict.deciding else None
    if rest is None:
        over = next((one.collapse.value for one in verdict.ranges if one.case == "believed"), 0.0)
        if over > 0.0:
            listed = [f"- {name_of(one)}: {measure_clause(one)}" for one in verdict.widest]
            return Part(must=("Narrow what is known least, and ask again:", *listed), may=())
        return Part(must=("Give it more runs:  --runs 2000",), may=())
    again = f"then the same command with --set {rest.path}=VALUE" if rest.kind == "number" else ""
    opening = f"Find out {name_of(rest)}" if rest.kind == "number" else "Find out"
    must = [f"{opening}: {measure_clause(rest)}{f' {capitalised(again)}.' if again else ''}"]
    if verdict.remedy is not None:
        settings = verdict.remedy.settings
        tips = next((f"; at {one.fails_at} it does not" for one in settings if one.fails_at), "")
        named = settings_text(settings, most_count=len(settings))
        must.append(f"Or set {named}: with that it holds over all of the ranges{tips}.")
    worst = f", with --set {rest.path}={rest.unsafe_end}" if rest.unsafe_end else ""
    smaller = f"Nobody to ask? How far it may go in any case{worst}:  {command('headroom', verdict, asked)}"
    return Part(must=tuple(must), may=(smaller,))


def _first_find_out(verdict: Verdict, opening: str) -> tuple[str, ...]:
    """Return how to find out whether the belief is true that a verdict hangs on."""
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    return (f"{opening} out first whether {inside(rest.says)}{how(rest)}",) if rest is not None else ()


def _shown_first(verdict: Verdict, opening: str = "Or show it") -> tuple[str, ...]:
    """Return how to show what stands beside the verdict's word, which is not said again."""
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    if rest is None or not rest.measure:
        return _first_find_out(verdict, "Or find")
    return (f"{opening}: {ended(rest.measure, capital=False)}",)


def _sure(verdict: Verdict) -> Part:
    held = verdict.verdict in {"proceed", "cannot_tell"}
    case = highlights.believed(verdict) if held else highlights.deciding_case(verdict)
    fails = not held and case.collapse.value > verdict.acceptable_ratio
    ranges = next((one for one in verdict.ranges if one.case == case.name), None)
    if verdict.verdict == "cannot_tell":
        must = ["Not at all yet.", _runs(verdict, case)]
    elif case.exceeded:
        must = [f"Certain, as far as these numbers are true: a count. {_agreed(case)}."]
    elif verdict.verdict == "proceed" or fails:
        must = _chance(verdict, case, ranges, fails=fails)
    elif verdict.failed_objectives:
        must = [f"It is an objective that does not hold, in the middle of {case.collapse.runs_count} runs."]
    else:
        must = [_runs(verdict, case)]
    if ranges is not None and (verdict.verdict != "cannot_tell" or ranges.collapse.value > 0.0):
        must.append(_firmness(verdict, case, ranges, down=fails or bool(case.exceeded)))
    if not verdict.sure:
        must.append("What is to be done instead was run too few times to be sure of it: `--runs 400`.")
    rehearsed = (rehearsed_text(verdict.rehearsed),) if verdict.rehearsed is not None else ()
    brief = _briefly(verdict, case, ranges) if fails and ranges is not None and verdict.sure else ()
    return Part(must=(*must, *rehearsed), may=(), brief=(*brief, *rehearsed) if brief else ())


def _briefly(verdict: Verdict, case: CaseEvidence, ranges: Ranges) -> tuple[str, ...]:
    """Return what runs and worlds drawn say of what fails, in one sentence; nothing of what is a count."""
    if case.exceeded:
        return ()
    *words, _ = _chance(verdict, case, ranges, fails=True)
    clause, bound = counts.runs_clause(case.collapse), counts.bound_text(case.collapse)
    drawn, guesses = counts.worlds_briefly(ranges), counts.guesses_clause(ranges.collapse.value)
    accepted = counts.share_clause(verdict.acceptable_ratio).removesuffix(" in 100")
    beside = f"({bound.removesuffix(' would not')}; {accepted} is accepted)"
    return (*words, f"With your numbers, {clause} {beside}; {drawn}{f': {guesses}' if guesses else ''}.")


def _firmness(verdict: Verdict, case: CaseEvidence, ranges: Ranges, *, down: bool) -> str:
    """Return how firm the answer is if the numbers are off; no word where the worlds drawn are the answer."""
    fails = "fail or exceed a limit" if case.exceeded else "fail"
    clause = counts.worlds_clause(ranges, says_luck=False, fails=fails)
    words = ""
    if down or verdict.verdict == "proceed":
        words = counts.guesses_clause(counts.agreeing_ratio(ranges, fails=down))
    return f"{capitalised(clause)}{f': {words}' if words else ''}."


def _agreed(case: CaseEvidence) -> str:
    """Return whether the runs show what arithmetic has decided."""
    many, failed = case.collapse.runs_count, counts.failed_count(case.collapse)
    if not failed:
        return f"All {many} runs are normal again at the end, and yet the limit is exceeded"
    return f"{failed} of {many} runs do not recover"


def _chance(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> list[str]:
    """Return the word that runs and worlds drawn allow together, and what the runs say."""
    sure_ratio = counts.sureness(case, fails=fails)
    if ranges is not None:
        firm = counts.firm_word(counts.agreeing_ratio(ranges, fails=fails))
        sure_ratio = counts.no_surer_than(sure_ratio, firm)
    word = counts.chance_word(sure_ratio)
    if not word and fails and case.collapse.low > verdict.acceptable_ratio:
        word = "more fail than is accepted"
    return [*([f"{capitalised(word)}."] if word else []), _runs(verdict, case)]


def _runs(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what the runs of a case say, how many of a hundred that may be, and how many are accepted."""
    holds = "recover" if case.recovery_s else "stay normal"
    clause = counts.runs_clause(case.collapse, holds=holds)
    accepted = counts.share_clause(verdict.acceptable_ratio)
    return f"With your numbers, {clause}: {counts.bound_text(case.collapse)}; {accepted} is accepted."


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
