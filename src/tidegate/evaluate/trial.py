"""A trial: does a world with changes laid over it hold, with beliefs wrong and numbers moved.

Changes come from anywhere (a ramp, a protection). The fluid engine screens them together with what
arithmetic knows; the event engine proves them, with chance that the search has not seen.

Shortcut: in each world with a number moved, a proof takes thirty runs, so that it finds what collapses in
more than a tenth of them; only the world as believed and the counter-beliefs are run until the
probability is clear of what is acceptable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.errors import InputError
from tidegate.evaluate.case import Case, run_case
from tidegate.evaluate.countable import exceeded_limits
from tidegate.evaluate.decide import failed_objectives
from tidegate.evaluate.doubt import in_doubt
from tidegate.evaluate.evidence import gather, probability
from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.margin import Variant
from tidegate.evaluate.measures import measure
from tidegate.evaluate.verdict import Probability
from tidegate.experiment.replicate import Rule
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

PROOF_MOST = 400
FEW_RUNS = 10
MARGIN_RUNS = 30
_FRESH = 1_000_003  # added to the seed: chance that the search has not seen

Changes = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What proves that changes hold.

    Parameters
    ----------
    cases
        By title, the probability of collapse as believed and with each unmeasured belief wrong.
    variants_count
        Worlds with one assumed number moved, in all of which it held.
    runs_count
        Runs it took.
    seed
        Of these runs.
    """

    cases: Mapping[str, Probability]
    variants_count: int
    runs_count: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class _Few:
    """A few exact runs of one world; a value, so that it can be sent elsewhere."""

    file: WorldFile
    activity: str | None
    seed: int
    acceptable: float
    already: frozenset[str]
    runs_count: int

    def __call__(self) -> tuple[bool, int]:
        """Return whether they hold, and how many were run."""
        script = write_script(self.file, self.activity)
        if not frozenset(exceeded_limits(script)) <= self.already:
            return False, 0
        horizon_s, within_s = self.file.world.horizon_s, self.file.world.objectives.recover_within_s
        tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
        collapsed = 0
        for replication in range(self.runs_count):
            run = simulate(tables, seed=self.seed, replication=replication)
            collapsed += measure(tables, run, recover_within_s=within_s).collapsed
            if collapsed > self.acceptable * self.runs_count:
                return False, replication + 1
        return True, self.runs_count


class Trial:
    """One world and activity, asked again and again whether changes hold.

    Parameters
    ----------
    file, activity
        The world and what happens in it.
    seed
        Of the search; proofs use another.
    executor
        Where exact runs happen.
    progress
        Called with what is being done and how much of it; may raise to end.
    """

    def __init__(
        self,
        file: WorldFile,
        activity: str | None,
        *,
        seed: int,
        executor: Executor,
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        self.file, self.activity = file, activity
        self.seed, self.executor, self.progress = seed, executor, progress
        self.acceptable = file.world.objectives.collapse_probability_ratio
        self.screened_count = self.runs_count = 0
        beliefs = file.world.beliefs.items()
        self.worlds: dict[str, Changes] = {"as believed": {}}
        for name, belief in beliefs:
            if belief.basis != "measured":
                self.worlds[belief.otherwise or f"not {name}"] = belief.counter

    def laid(self, *changes: Changes) -> WorldFile:
        """Return the world with changes laid over it, the last on top; doubts about them remain."""
        merged: dict[str, object] = {}
        for change in changes:
            merged = in_doubt(self.file, merged, change)
        return overlay(self.file, merged)

    def _exceeded(self, *changes: Changes) -> frozenset[str]:
        """Return the countable limits that are exceeded although nothing has been done yet."""
        return frozenset(exceeded_limits(write_script(self.laid(*changes), None)))

    def exceeded(self, title: str) -> tuple[str, ...]:
        """Return the countable limits that the activity exceeds in one of the worlds, as clauses."""
        return exceeded_limits(write_script(self.laid(self.worlds[title]), self.activity))

    def runs_today(self, *changes: Changes) -> bool:
        """Whether a world holds while nothing is done; where triggers happen anyway that is not asked."""
        if self.activity is None or self.file.world.triggers:
            return True
        asked = replace(self._asked(*changes, runs_count=FEW_RUNS), activity=None)
        held, runs_count = asked()
        self.runs_count += runs_count
        return held

    # -- the screen --------------------------------------------------------------------------------

    def screen(self, *changes: Changes) -> bool:
        """Whether the fluid engine and arithmetic say that one world holds."""
        self.screened_count += 1
        if self.progress is not None and self.screened_count % 10 == 0:
            self.progress("screening candidates", self.screened_count)
        file = self.laid(*changes)
        script = write_script(file, self.activity)
        if not frozenset(exceeded_limits(script)) <= self._exceeded(*changes):
            return False
        run = run_fluid(script)
        within_s = file.world.objectives.recover_within_s
        return not run.collapsed and (within_s is None or (run.recovered_at_s or 0.0) <= within_s)

    def screen_all(self, changes: Changes, worlds: Iterable[str], variants: Iterable[Variant]) -> bool:
        """Whether these worlds and variants all pass the screen with `changes`."""
        held = all(self.screen(self.worlds[title], changes) for title in worlds)
        return held and all(self.screen(variant.changes, changes) for variant in variants)

    # -- the proof ---------------------------------------------------------------------------------

    def few(self, *changes: Changes) -> bool:
        """Whether a few exact runs of one world hold, arithmetic included."""
        held, runs_count = self._asked(*changes, runs_count=FEW_RUNS)()
        self.runs_count += runs_count
        return held

    def _asked(self, *changes: Changes, runs_count: int) -> _Few:
        return _Few(
            file=self.laid(*changes),
            activity=self.activity,
            seed=self.seed + _FRESH,
            acceptable=self.acceptable,
            already=self._exceeded(*changes),
            runs_count=runs_count,
        )

    def failing(
        self, changes: Changes, variants: Iterable[Variant], *, runs_count: int = FEW_RUNS
    ) -> tuple[Variant, ...]:
        """Return the variants that do not hold in so many exact runs."""
        tried, asked = [], []
        for variant in variants:
            try:
                asked.append(self._asked(variant.changes, changes, runs_count=runs_count))
            except InputError:
                continue  # a world that contradicts itself says nothing
            tried.append(variant)
        failed = []
        answers = self.executor.map(_Few.__call__, asked)
        for i, (variant, (held, done_count)) in enumerate(zip(tried, answers, strict=True)):
            self.runs_count += done_count
            if not held:
                failed.append(variant)
            if self.progress is not None:
                self.progress("proving the margin: numbers moved", i + 1)
        return tuple(failed)

    def prove(self, changes: Changes, variants: Iterable[Variant]) -> Proof | tuple[str, ...]:
        """Prove that changes hold, or return what fails: titles of worlds, or paths of numbers."""
        rule = Rule(threshold=self.acceptable, most_count=PROOF_MOST)
        cases, before = {}, self.runs_count
        for title, under in self.worlds.items():
            file = self.laid(under, changes)
            script = write_script(file, self.activity)
            case = Case(name=title, title=f"proving: {title}", file=file, activity=self.activity)
            runs = run_case(
                case,
                fraction=choose_fraction(script, file.world.horizon_s),
                seed=self.seed + _FRESH,
                rule=rule,
                executor=self.executor,
                progress=self.progress,
            )
            many = len(runs.replications.outcomes)
            self.runs_count += many
            found = probability(runs.replications.count, many, runs.replications.interval)
            if found.high >= self.acceptable or failed_objectives(file.world, gather(runs)):
                return (title,)
            cases[title] = found
        tried = tuple(variants)
        failing = self.failing(changes, tried, runs_count=MARGIN_RUNS)
        if failing:
            return tuple(dict.fromkeys(variant.path for variant in failing))
        return Proof(
            cases=cases,
            variants_count=len(tried),
            runs_count=self.runs_count - before,
            seed=self.seed + _FRESH,
        )
