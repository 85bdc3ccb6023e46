"""What does a user get who asks `tidegate check` about a published case, with what the case changes set?

The verb itself answers; here its answers only become words, and are held against what was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from finding import Asked, Case
from published_runs import world_file

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.verbs.check import Check, check
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

FEW_RUNS = 4
COMES_BACK: Mapping[str, object] = {"objectives.success": 0.01}
"""What was published is whether service comes back, and not how deep an outage is that passes."""
PLAIN_RATIO = 0.3  # a published share that a few runs show; a smaller one takes as many as `check` wants


def _world(case: Case, asked: Asked) -> WorldFile:
    return overlay(world_file(case.world), {**COMES_BACK, **asked.changes})


def answers(case: Case, runs_count: int | None = None) -> tuple[Verdict, ...]:
    """Return what `check` answers to each question of a case; with None it chooses how many runs."""
    with ThreadPoolExecutor(2) as executor:
        return tuple(
            verdict
            for asked in case.asked
            for verdict in check(
                Check(file=_world(case, asked), runs_count=runs_count),
                executor=executor,
            )
        )


def is_plain(case: Case) -> bool:
    """Whether a few runs are enough to answer all that is asked of a case."""
    return all(asked.collapse_ratio == 0.0 or asked.collapse_ratio >= PLAIN_RATIO for asked in case.asked)


def _as_asked(asked: Asked, verdict: Verdict) -> bool:
    """Whether share and word say what was published; too few runs may leave it open that it holds."""
    share, accepted = verdict.cases[0].collapse, verdict.acceptable_ratio
    if asked.collapse_ratio > accepted:
        return share.value > accepted and verdict.verdict != "proceed"
    is_open = share.runs_count <= FEW_RUNS and verdict.verdict == "cannot_tell"
    return share.value <= accepted and (verdict.verdict == "proceed" or is_open)


def agrees(case: Case, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether the answers to a case are what was published."""
    found = [_as_asked(*pair) for pair in zip(case.asked, verdicts, strict=True)]
    return all(found) == case.all_as_asked


def words(verdict: Verdict) -> str:
    """Return an answer in a few words: ``stop, 100 % of 20 runs collapse``."""
    share = verdict.cases[0].collapse
    word = verdict.verdict.replace("_", " ")
    return f"{word}, {100 * share.value:.3g} % of {share.runs_count} runs collapse"


def cell(case: Case) -> str:
    """Return the page's cell of a case: all answers, and whether they differ; empty where none is asked."""
    verdicts = answers(case)
    as_published = agrees(case, verdicts)
    said = " / ".join(map(words, verdicts))
    if not as_published:
        said += ": **differs**"
    return said + " (unexpected)" * (as_published == bool(case.differs))
