"""The fewest elements and the least refused work that make an activity safe, with margin.

Sets of one, two and three settings are tried, the ones that turn nobody away first. It is not enough
to begin with everything and leave out what is not needed: more is not always safer. An admission limit
alone, where clients try again at once, makes a storm of its own excess and starves everybody else.
What passes the fluid engine and a few exact runs is proven on the event engine, with every unmeasured
belief wrong and every assumed number a third less and more, and chance that the search has not seen.

A spread that is found so is then shortened as far as it stays proven.

Shortcut: limits come from sums and are not searched for, and sets of more than three are not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.margin import MARGIN_RATIO, Variant, margin_variants
from tidegate.evaluate.trial import Proof, Trial
from tidegate.experiment.search import Chosen, cheapest, least
from tidegate.protect.offers import Offer, cost_of, offers_for, sets_of, together
from tidegate.protect.ordinary import steady_flows_per_s
from tidegate.protect.protection import Protection, protection_of
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

_MOST_PARTS = 3
_SHED_RUNS = 5
_LEAST_SPREAD_S = 1.0
_NEAR_RATIO = 0.1
_LONGER = 1.15
_PROOFS_COUNT = 6


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one part of a protection is for.

    Parameters
    ----------
    name
        What people call it.
    paths
        Its settings.
    without
        Which worlds collapse without it: "as believed", a counter-belief, or a number that is worse.
    """

    name: str
    paths: tuple[str, ...]
    without: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Smallest:
    """The smallest protection, or what stands in its way.

    Parameters
    ----------
    protection
        None where none was proven.
    contributions
        Of its parts.
    refused_normally_ratio, refused_in_event_ratio
        Share of the new flows that it turns away on an ordinary day and during the activity.
    proof
        What proves it; None where it is none.
    failing
        Where there is none: the worlds that collapse without one.
    margin_ratio
        By how much every assumed number may be worse.
    """

    protection: Protection | None
    contributions: tuple[Contribution, ...]
    refused_normally_ratio: float
    refused_in_event_ratio: float
    proof: Proof | None
    failing: tuple[str, ...]
    margin_ratio: float


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """One spread within a set of offers."""

    kept: tuple[Offer, ...]
    i: int
    path: str
    most_s: float

    def at(self, spread_s: float) -> tuple[Offer, ...]:
        """Return the set with this spread so long."""
        offer = self.kept[self.i]
        changes = {**offer.changes, self.path: float(f"{spread_s:.3g}")}
        return (*self.kept[: self.i], replace(offer, changes=changes), *self.kept[self.i + 1 :])


class _Search:
    def __init__(self, trial: Trial, offers: tuple[Offer, ...], variants: tuple[Variant, ...]) -> None:
        self.trial, self.offers, self.variants = trial, offers, variants
        self.asked: list[Variant] = []

    def failing(self, kept: Sequence[Offer]) -> tuple[str, ...]:
        """Return the worlds in which a set of offers is not enough, of those asked about so far."""
        changes = together(kept)
        worlds = [title for title, under in self.trial.worlds.items() if not self.trial.few(under, changes)]
        moved = [f"{v.path} = {v.value:g}" for v in self.trial.failing(changes, self.asked)]
        return (*worlds, *moved)

    def screen(self, kept: Sequence[Offer]) -> bool:
        """Whether a set of offers is enough by the fluid engine and by a few exact runs."""
        changes = together(kept)
        return (
            self.trial.screen_all(changes, self.trial.worlds, ())
            and all(self.trial.few(under, changes) for under in self.trial.worlds.values())
            and not self.trial.failing(changes, self.asked)
        )

    def prove(self, kept: Sequence[Offer]) -> Proof | None:
        """Prove a set; numbers that break it are asked about before the next one is proven."""
        proof = self.trial.prove(together(kept), self.variants)
        if isinstance(proof, Proof):
            return proof
        self.asked += [v for v in self.variants if v.path in proof and v not in self.asked]
        return None

    def smallest(self) -> Chosen[tuple[Offer, ...], Proof] | None:
        """Return the smallest set that is proven, of at most three offers, sparing refusals."""
        sets = [(), *sets_of(self.offers, most_count=_MOST_PARTS)]
        return cheapest(sets, cost=cost_of, screen=self.screen, prove=self.prove)

    def shortened(self, kept: tuple[Offer, ...], proof: Proof) -> tuple[tuple[Offer, ...], Proof]:
        """Return a set with each spread about as short as it may be, and what proves that."""
        for i, offer in enumerate(kept):
            for path, value in offer.changes.items():
                if path.endswith("spread") and isinstance(value, float):
                    spread = _Spread(kept=kept, i=i, path=path, most_s=value)
                    kept, proof = self._shorter(spread) or (kept, proof)
        return kept, proof

    def _shorter(self, spread: _Spread) -> tuple[tuple[Offer, ...], Proof] | None:
        low_s = min(_LEAST_SPREAD_S, spread.most_s)
        found_s = least(
            lambda spread_s: self.screen(spread.at(spread_s)),
            low=low_s,
            high=spread.most_s,
            ratio=_NEAR_RATIO,
        )
        for _ in range(_PROOFS_COUNT):
            if found_s is None or found_s >= spread.most_s:
                return None
            proof = self.prove(spread.at(found_s))
            if proof is not None:
                return spread.at(found_s), proof
            found_s *= _LONGER
        return None


def refused(trial: Trial, changes: Mapping[str, object]) -> tuple[float, float]:
    """Return the share of new flows turned away before the activity and from its start on."""
    file = overlay(trial.file, changes)
    script = write_script(file, trial.activity)
    horizon_s = file.world.horizon_s
    tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
    first = int(tables.disturbed_from_ns // tables.bin_ns)
    shed, offered = [0.0, 0.0], [0.0, 0.0]
    for replication in range(_SHED_RUNS):
        run = simulate(tables, seed=trial.seed, replication=replication)
        x = run.crossings[: run.bins_count]
        for part, rows in enumerate((x[:first], x[first:])):
            shed[part] += float(rows[:, :, c.X_SHED].sum())
            offered[part] += float(rows[:, :, c.X_OFFERED].sum())
    normally, event = (s / o if o else 0.0 for s, o in zip(shed, offered, strict=True))
    return normally, event


def smallest_protection(
    file: WorldFile,
    activity: str | None,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Smallest:
    """Find the smallest protection that makes an activity safe.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    seed
        Of the search; the proof uses another.
    executor
        Where exact runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.
    """
    trial = Trial(file, activity, seed=seed, executor=executor, progress=progress)
    offers = offers_for(file, activity, steady_flows_per_s(file))
    variants = margin_variants(file, activity, but={path for offer in offers for path in offer.changes})
    search = _Search(trial, offers, variants)
    found = search.smallest()
    if found is None:
        return Smallest(
            protection=None,
            contributions=(),
            refused_normally_ratio=0.0,
            refused_in_event_ratio=0.0,
            proof=None,
            failing=search.failing(()),
            margin_ratio=MARGIN_RATIO,
        )
    left, proof = search.shortened(found.candidate, found.proof)
    changes = together(left)
    normally, event = refused(trial, changes)
    return Smallest(
        protection=protection_of(file, changes, margin_ratio=MARGIN_RATIO, activity=activity or ""),
        contributions=tuple(
            Contribution(
                name=offer.name,
                paths=tuple(offer.changes),
                without=search.failing([other for other in left if other is not offer]),
            )
            for offer in left
        ),
        refused_normally_ratio=normally,
        refused_in_event_ratio=event,
        proof=proof,
        failing=(),
        margin_ratio=MARGIN_RATIO,
    )
