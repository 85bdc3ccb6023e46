"""A trial: does a world with changes laid over it hold, with beliefs wrong and numbers moved.

Changes come from anywhere (a ramp, a protection). The fluid engine screens them together with what
arithmetic knows; the event engine proves them as `check` decides, with chance that the search has not seen.

Shortcut: in each world with a number moved, a proof takes thirty runs, so that it finds what collapses in
more than a tenth of them; only the world as believed and the counter-beliefs are run until the
probability is clear of what is acceptable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import Held
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.reading.run_fate import missed
from tidegate.evaluate.variants.doubt import doubts_of, in_doubt
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.margin import Variant
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.lower import lower
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

FEW_RUNS = 10
MARGIN_RUNS = 30
_SEARCH = 1_000_003  # added to the seed: a proof's chance is one that the search has not seen

Changes = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What proves that changes hold: what `check` asks, and margin in the numbers moved.

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

    @classmethod
    def without_margin(cls, held: Held, seed: int) -> Proof:
        """Return that it holds as `check` asks, and no more."""
        found = {"as believed": held.evidence, **held.doubted}
        cases = {title: evidence.collapse for title, evidence in found.items()}
        runs_count = sum(collapse.runs_count for collapse in cases.values())
        return cls(cases=cases, variants_count=0, runs_count=runs_count, seed=seed)


@dataclass(frozen=True, kw_only=True)
class _Few:
    """A few exact runs of one world; a value, so that it can be sent elsewhere."""

    file: WorldFile
    activity: str | None
    seed: int
    acceptable: float
    runs_count: int

    def __call__(self) -> tuple[bool, int]:
        """Return whether they hold, and how many were run."""
        script = script_of(self.file, self.activity)
        if exceeded_limits(script):
            return False, 0
        world = self.file.world
        fraction = choose_fraction(script, world.horizon_s)
        tables = lower(script, horizon_s=world.horizon_s, fraction=fraction)
        failed = 0
        for replication in range(self.runs_count):
            failed += bool(missed(tables, world.objectives, seed=self.seed, replication=replication))
            if failed > self.acceptable * self.runs_count:
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

    Attributes
    ----------
    about
        What `progress` is told first: which candidate this is about, and what was found so far.
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
        told = None if progress is None else self._tell
        self.bench = Bench(file=file, activity=activity, seed=seed, executor=executor, progress=told)
        self.about = ""
        self.worlds: dict[str, Changes] = {"as believed": {}, **doubts_of(file.world)}

    def laid(self, *changes: Changes) -> WorldFile:
        """Return the world with changes laid over it, the last on top; doubts about them remain."""
        merged: dict[str, object] = {}
        for change in changes:
            merged = in_doubt(self.file, merged, change)
        return overlay(self.file, merged)

    def exceeded(self, title: str) -> tuple[str, ...]:
        """Return the countable limits that the activity exceeds in one of the worlds, as clauses."""
        return exceeded_limits(script_of(self.laid(self.worlds[title]), self.activity))

    def runs_today(self, *changes: Changes) -> bool:
        """Whether a world holds while nothing is done; where triggers happen anyway that is not asked."""
        if self.activity is None or self.file.world.triggers:
            return True
        asked = replace(self._asked(*changes, runs_count=FEW_RUNS), activity=None)
        held, runs_count = asked()
        self.runs_count += runs_count
        return held

    def holds(self, changes: Changes) -> Held | None:
        """Return what shows that changes hold by the rule that `check` decides by; None where they do not."""
        doubts = {title: under for title, under in self.worlds.items() if under}
        held = self.bench.holds("changed", "changed", changes, doubts=doubts)
        self.runs_count += Proof.without_margin(held, self.seed).runs_count if held is not None else 0
        return held

    def _tell(self, title: str, count: int) -> None:
        """Tell what is being done, after what it is about."""
        if self.progress is not None:
            self.progress(f"{self.about}{title}", count)

    # -- the screen --------------------------------------------------------------------------------

    def screen(self, *changes: Changes) -> bool:
        """Whether the fluid engine and arithmetic say that one world holds."""
        self.screened_count += 1
        if self.screened_count % 10 == 0:
            self._tell("screening candidates", self.screened_count)
        file = self.laid(*changes)
        script = script_of(file, self.activity)
        if exceeded_limits(script):
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
        self._tell("trying candidates", self.runs_count)
        return held

    def _asked(self, *changes: Changes, runs_count: int, is_proof: bool = False) -> _Few:
        return _Few(
            file=self.laid(*changes),
            activity=self.activity,
            seed=self.seed if is_proof else self.seed + _SEARCH,
            acceptable=self.acceptable,
            runs_count=runs_count,
        )

    def failing(
        self,
        changes: Changes,
        variants: Iterable[Variant],
        *,
        runs_count: int = FEW_RUNS,
        is_proof: bool = False,
    ) -> tuple[Variant, ...]:
        """Return the variants that do not hold in so many exact runs; a proof has chance of its own."""
        tried, asked = [], []
        for variant in variants:
            try:
                asked.append(self._asked(variant.changes, changes, runs_count=runs_count, is_proof=is_proof))
            except InputError:
                continue  # a world that contradicts itself says nothing
            tried.append(variant)
        failed = []
        answers = self.executor.map(_Few.__call__, asked)
        for i, (variant, (held, done_count)) in enumerate(zip(tried, answers, strict=True)):
            self.runs_count += done_count
            if not held:
                failed.append(variant)
            so_far = f"{len(failed):,} failed" if failed else "none failed"
            title = f"proving the margin, {i + 1:,} of {len(tried):,} numbers moved, {so_far}"
            self._tell(title, self.runs_count)
        return tuple(failed)

    def margin(
        self, held: Held, changes: Changes, variants: Iterable[Variant]
    ) -> Proof | tuple[Variant, ...]:
        """Prove of what holds that it does with each number moved, or return with which it does not.

        Parameters
        ----------
        held
            What `holds` found of the same changes.
        changes, variants
            What is laid over the world, and the numbers moved.
        """
        tried = tuple(variants)
        failing = self.failing(changes, tried, runs_count=MARGIN_RUNS, is_proof=True)
        proof = Proof.without_margin(held, self.seed)
        runs_count = proof.runs_count + MARGIN_RUNS * len(tried)
        return failing or replace(proof, variants_count=len(tried), runs_count=runs_count)
