"""The fewest elements and the least refused work that make an activity safe, with margin.

Sets of one, two and three settings are tried, the ones that turn nobody away first. It is not enough
to begin with everything and leave out what is not needed: more is not always safer. An admission limit
alone, where clients try again at once, makes a storm of its own excess and starves everybody else.
What passes the fluid engine and a few exact runs is proven on the event engine, with every unmeasured
belief wrong and every assumed number a third less and more, and chance that the search has not seen.
What is found so is eased as far as it stays proven: a spread made shorter, a hold-down longer.

What holds as it is, by the rule that `check` decides by, needs nothing, and that is said: what is found then
only adds margin. So the two never contradict each other.

Where nothing gives that margin, what holds by that rule alone is found, and said to have none.

Where no settings are enough, a limit is raised or the goal lowered. Where that is not enough either, a
belief may be one that nothing can cover: it is named, to be measured first, and the rest is protected.
More devices and instances come last.

An assumed number under which the world would be down already today, without the activity, is not what
it is: it is left out, and named.

Shortcut: limits come from sums and are not searched for, and sets of more than three are not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import groupby, islice

from tidegate.evaluate.judging.trial import Proof, Trial
from tidegate.evaluate.variants.doubt import share_of
from tidegate.evaluate.variants.margin import MARGIN_RATIO, Variant, margin_variants
from tidegate.experiment.search import Chosen, cheapest, least
from tidegate.protect.finding import Condition, Contribution, Instead, Smallest
from tidegate.protect.offer import Offer, asked_of, cost_of, sets_of, together
from tidegate.protect.offers import further_settings, more_capacity, offers_for
from tidegate.protect.ordinary import steady_flows_per_s
from tidegate.protect.protection import PROVEN, protection_of, value_text
from tidegate.protect.turned_away import turned_away
from tidegate.world.file.value import value_at
from tidegate.world.world import WorldFile

_MOST_PARTS = 3
_MOST_SETS = 60  # that ask for the same: settings alone, or with a limit raised …
_NEAR_RATIO = 0.1
_LONGER = 1.15
_PROOFS_COUNT = 6


def _moved(variant: Variant) -> str:
    value = variant.value
    rounded = float(f"{value:.4g}") if isinstance(value, float) else value
    return f"{variant.path} = {value_text(variant.path, rounded)}"


class _Search:
    """One search: which offers, in which worlds."""

    def __init__(self, trial: Trial, offers: tuple[Offer, ...], variants: tuple[Variant, ...]) -> None:
        self.trial, self.offers, self.variants = trial, offers, variants
        self.asked: list[Variant] = []
        self.refuted: list[Variant] = []
        self.known: dict[tuple[str, str, str], bool] = {}

    def _holds(self, how: str, title: str, changes: Mapping[str, object]) -> bool:
        """Whether one world holds with changes, on the fluid engine or in a few exact runs; asked once."""
        key = (how, title, repr(changes))
        if key not in self.known:
            asked = self.trial.screen if how == "fluid" else self.trial.few
            self.known[key] = asked(self.trial.worlds[title], changes)
        return self.known[key]

    def _left(self, variants: Sequence[Variant], changes: Mapping[str, object]) -> list[Variant]:
        """Return the variants that move something that is not set."""
        return [v for v in variants if v.path not in changes and v not in self.refuted]

    def failing(self, kept: Sequence[Offer], variants: Sequence[Variant] | None = None) -> tuple[str, ...]:
        """Return the worlds in which a set of offers is not enough; of the numbers those asked about."""
        changes = together(kept)
        worlds = [title for title in self.trial.worlds if not self._holds("exact", title, changes)]
        moved = self._left(self.asked if variants is None else variants, changes)
        return (*worlds, *map(_moved, self.trial.failing(changes, moved)))

    def screen(self, kept: Sequence[Offer]) -> bool:
        """Whether a set of offers is enough by the fluid engine and by a few exact runs."""
        changes = together(kept)
        held = all(
            self._holds(how, title, changes) for how in ("fluid", "exact") for title in self.trial.worlds
        )
        return held and not self.trial.failing(changes, self._left(self.asked, changes))

    def prove(self, kept: Sequence[Offer]) -> Proof | None:
        """Prove a set; numbers that break it are asked about before the next one is proven."""
        changes = together(kept)
        held = self.trial.holds(changes)
        while held is not None:
            proof = self.trial.margin(held, changes, self._left(self.variants, changes))
            if isinstance(proof, Proof):
                return proof
            down = [v for v in proof if not self.trial.runs_today(v.changes)]
            self.refuted += down
            self.asked += [v for v in proof if v not in down and v not in self.asked]
            if not down:
                break
        return None

    def smallest(self) -> Chosen[tuple[Offer, ...], Proof] | None:
        """Return the smallest set that is proven, of at most three offers, sparing refusals."""
        sets: list[tuple[Offer, ...]] = [()]
        for _, alike in groupby(sets_of(self.offers, most_count=_MOST_PARTS), key=asked_of):
            sets += islice(alike, _MOST_SETS)
        return cheapest(sets, cost=cost_of, screen=self.screen, prove=self.prove)

    def instead(self, kept: tuple[Offer, ...]) -> Iterator[Instead]:
        """Yield the other limits and goals that are enough alone, where one of them is the answer."""
        for offer in self.offers if len(kept) == 1 and kept[0].asks != "setting" else ():
            alone = (offer,)
            if offer.asks not in {"limit", "goal"} or offer.name == kept[0].name or not self.screen(alone):
                continue
            proof = self.prove(alone)
            if proof is not None:
                ((path, value),) = together(self.eased(alone, proof)[0]).items()
                yield Instead(path=path, text=value_text(path, value), asks=offer.asks)

    def eased(self, kept: tuple[Offer, ...], proof: Proof) -> tuple[tuple[Offer, ...], Proof]:
        """Return a set with each of its knobs about as near to today as it may be, and what proves that."""
        for i, offer in enumerate(kept):
            if offer.knob is not None:
                kept, proof = self._easier(kept, i) or (kept, proof)
        return kept, proof

    def _easier(self, kept: tuple[Offer, ...], i: int) -> tuple[tuple[Offer, ...], Proof] | None:
        knob = kept[i].knob
        assert knob is not None

        def at(strength: float) -> tuple[Offer, ...]:
            return (*kept[:i], kept[i].at(strength), *kept[i + 1 :])

        found = least(
            lambda strength: self.screen(at(strength)), low=knob.least, high=knob.most, ratio=_NEAR_RATIO
        )
        for _ in range(_PROOFS_COUNT):
            if found is None or found >= knob.most:
                return None
            proof = self.prove(at(found))
            if proof is not None:
                return at(found), proof
            found *= _LONGER
        return None


def _conditions(file: WorldFile, titles: Sequence[str]) -> tuple[Condition, ...]:
    """Return the beliefs whose counter-beliefs have these titles."""
    return tuple(
        Condition(
            name=name, says=belief.says, otherwise=belief.otherwise or f"not {name}", measure=belief.measure
        )
        for name, belief in file.world.beliefs.items()
        if (belief.otherwise or f"not {name}") in titles
    )


def _left_out(titles: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield which beliefs are taken to hold: none of them, each alone, all of them."""
    yield ()
    for title in titles:
        yield (title,)
    if len(titles) > 1:
        yield tuple(titles)


class _Finder:
    """Searches in turn: with every doubt, with a belief taken to hold, with more capacity."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        file, activity = trial.file, trial.activity
        offers = offers_for(file, activity, steady_flows_per_s(file))
        self.offers = (*offers, *further_settings(file, activity))
        self.variants = margin_variants(file, activity)
        self.doubts = dict(trial.worlds)
        self.refuted: list[Variant] = []
        self.known: dict[tuple[str, str, str], bool] = {}

    def searches(self) -> Iterator[tuple[_Search, tuple[str, ...]]]:
        """Yield each search and the counter-beliefs it leaves out."""
        titles = list(self.doubts)[1:]
        for offers in (self.offers, (*self.offers, *more_capacity(self.trial.file, self.trial.activity))):
            for left_out in _left_out(titles):
                self.trial.worlds = {
                    title: under for title, under in self.doubts.items() if title not in left_out
                }
                search = _Search(self.trial, offers, self.variants)
                search.refuted, search.known = self.refuted, self.known
                yield search, left_out

    def without_margin(self) -> _Search | None:
        """Return the search that asks for no margin, as `check` does; None where none was asked for."""
        if not self.variants:
            return None
        self.trial.worlds = self.doubts
        search = _Search(self.trial, self.offers, ())
        search.known = self.known
        return search

    def as_planned(self) -> bool:
        """Whether it holds as it is by the rule that `check` decides by, which asks for no margin."""
        self.trial.worlds = self.doubts
        return self.trial.holds({}) is not None


def _nothing(finder: _Finder) -> Smallest:
    trial = finder.trial
    trial.worlds = finder.doubts
    search = _Search(trial, (), finder.variants)
    failing = search.failing((), finder.variants)
    return Smallest(
        protection=None,
        contributions=(),
        refused_normally_ratio=0.0,
        refused_in_event_ratio=0.0,
        proof=None,
        failing=failing,
        in_the_way=tuple(
            dict.fromkeys(
                limit for title in failing if title in trial.worlds for limit in trial.exceeded(title)
            )
        ),
        refuted=tuple(map(_moved, finder.refuted)),
        margin_ratio=MARGIN_RATIO,
    )


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
    finder = _Finder(Trial(file, activity, seed=seed, executor=executor, progress=progress))
    for search, left_out in finder.searches():
        found = search.smallest()
        if found is not None:
            return _answer(finder, search, left_out, found)
    bare = finder.without_margin()
    found = bare.smallest() if bare is not None else None
    if bare is None or found is None:
        return _nothing(finder)
    return replace(_answer(finder, bare, (), found), without_margin=True)


def _counts_as(trial: Trial, changes: Mapping[str, object]) -> Iterator[str]:
    """Yield what set numbers come to in the worlds in which they are doubted in proportion."""
    for title, under in trial.worlds.items():
        for path in changes:
            if share_of(trial.file, under, path) is not None:
                value = value_at(trial.laid(under, changes).world, path)
                yield f"{title}, {path} counts as {value_text(path, value)}"


def _answer(
    finder: _Finder,
    search: _Search,
    left_out: tuple[str, ...],
    found: Chosen[tuple[Offer, ...], Proof],
) -> Smallest:
    trial, file = finder.trial, finder.trial.file
    left, proof = search.eased(found.candidate, found.proof)
    changes = together(left)
    normally, event = turned_away(file, trial.activity, changes, seed=trial.seed)
    needed_in = search.failing((), finder.variants) if left else ()
    beliefs = _conditions(file, needed_in)
    return Smallest(
        protection=protection_of(
            file,
            changes,
            margin_ratio=MARGIN_RATIO if proof.variants_count else None,
            activity=trial.activity or "",
            otherwise=PROVEN,
        ),
        contributions=tuple(
            Contribution(
                name=offer.name,
                paths=tuple(offer.changes),
                without=search.failing([other for other in left if other is not offer]),
                asks=offer.asks,
                because=offer.because,
                counts_as=tuple(_counts_as(trial, offer.changes)),
            )
            for offer in left
        ),
        instead=tuple(search.instead(left)),
        conditions=_conditions(file, left_out),
        spared_if=beliefs if len(beliefs) == len(needed_in) else (),
        refused_normally_ratio=normally,
        refused_in_event_ratio=event,
        proof=proof,
        failing=(),
        refuted=tuple(map(_moved, finder.refuted)),
        margin_ratio=MARGIN_RATIO,
        as_planned=(not left and not left_out) or finder.as_planned(),
    )
