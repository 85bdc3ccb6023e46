"""Unnamed: what of a workload that no world names? Its step is modelled from the cluster's own objects.

Nothing is fetched or read here while somebody waits: what is wanted is put down, made elsewhere, and given
back. A model is void as soon as the cluster shows that what it was made of is another.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.gate.asking.bookings import Scaler
from tidegate.gate.asking.going_on import Recent, Standing, leaves_s, settles_s
from tidegate.gate.asking.intent import Intent, Resized, resizing
from tidegate.gate.asking.mirrored.cluster_mirror import SCALERS, WORKLOADS, Mirror
from tidegate.gate.asking.mirrored.cluster_model import RESOURCES, mark_of, name_of
from tidegate.gate.asking.mirrored.cluster_objects import Key, key_of_object, mapping
from tidegate.gate.asking.question import Awaited, Question
from tidegate.gate.asking.ruling import Grounds, Ruling
from tidegate.gate.asking.worked_out import Found, key_of
from tidegate.gate.change.plan import Plan, SizeChange
from tidegate.world.file.digest import file_digest
from tidegate.world.world import WorldFile

MOST_MODELS = 200
MOST_STEPS = 50
MOST_WANTED = 100
MOST_GOING_ON = 5_000
"""Of how many workloads it is kept what was let through; where more move, nothing is told of any."""
_AGAIN_S = 10.0
_TRIED_AGAIN_AFTER_S = 30.0
_UNTIL_MODELLED_S = 7_200.0
"""For so long a step is not over where no model says how long it takes."""
UNSEEN = "a size was written just before this gate began to read the cluster, and who left then is not known."
_BEING_MODELLED = "no world here knows it, so it is being modelled from the cluster's own objects; ask again."


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A step that is to be modelled.

    Parameters
    ----------
    key
        Of which workload.
    scaler
        What scales it; None where nothing does.
    before_count, after_count
        The step.
    """

    key: Key
    scaler: Scaler | None
    before_count: int
    after_count: int


@dataclass(frozen=True, kw_only=True)
class Read:
    """What became of a step that was wanted.

    Parameters
    ----------
    own, scaler
        The objects that were fetched: None where none is, or was to be had.
    files
        The worlds that they imply; empty where they imply none.
    why
        Why there is none; empty where there is.
    """

    own: Mapping[str, Any] | None = None
    scaler: Mapping[str, Any] | None = None
    files: tuple[WorldFile, ...] = ()
    why: str = ""


@dataclass
class _Step:
    """One step of a model: what is asked of it, and what runs said."""

    question: Question | None = None
    found: Found | None = None
    why: str = ""
    failed_s: float = float("inf")


@dataclass
class _Model:
    """One workload as it was read, and as its cluster showed it since it was first wanted."""

    own: str = ""
    scaler: tuple[str, str] | None = None
    settles_s: float = 0.0
    leaves_s: float = 0.0
    is_read: bool = False
    shown_own: str = ""
    shown_scalers: dict[str, str] = field(default_factory=dict)
    steps: dict[tuple[int, int], _Step] = field(default_factory=dict)

    @property
    def is_void(self) -> bool:
        """Whether the cluster shows something else than what it was made of."""
        if not self.is_read:
            return False
        if self.shown_own and self.shown_own != self.own:
            return True
        if self.scaler is None:
            return any(self.shown_scalers.values())
        name, mark = self.scaler
        return self.shown_scalers.get(name, mark) != mark


class Unnamed:
    """Answers for workloads of a cluster that no world knows.

    Parameters
    ----------
    cluster
        What is read of it.
    ask
        Called with each question that is not known; returns when it may be.
    """

    def __init__(self, cluster: Mirror, ask: Callable[[Question], Awaited]) -> None:
        self._cluster = cluster
        self._ask = ask
        self._lock = threading.Lock()
        self._models: dict[Key, _Model] = {}
        self._recent: dict[Key, Recent] = {}
        self._anew_s: dict[Key, float] = {}
        self.wanted: queue.Queue[Wanted | None] = queue.Queue(MOST_WANTED)
        """What is to be fetched and read; whoever does it says so by `give`."""
        cluster.onlooker = self.look

    # -- what is asked --------------------------------------------------------------------------

    def rule(self, intent: Intent, now_s: float) -> Ruling | None:
        """Return what is known of an intent that no world knows; None where it is nothing to be modelled."""
        growth = intent.only_growth
        key = None if growth is None else self._key(intent.plan, growth)
        if key is None or growth is None:
            return None
        with self._lock:
            return self._of(key, growth, now_s)

    def let_through(self, intent: Intent, now_s: float, to_count: int | None) -> None:
        """Take down what happens now, for what is asked until it is over."""
        if intent.plan.system != "kubernetes":
            return
        with self._lock:
            for one in intent.plan.reconnects:
                key = self._named(intent.plan, one)
                if key is not None:
                    self._models.pop(key, None)  # it has another template
                    self._anew_s[key] = now_s
                    _drop_oldest(self._anew_s, MOST_GOING_ON)
            for change in intent.plan.changes:
                key = self._named(intent.plan, change)
                if key is None or change.is_allowed:
                    continue
                after_count = change.after_count if to_count is None else to_count
                step = replace(change, address=_address(key), after_count=after_count)
                recent = self._recent.setdefault(key, Recent(settles_s=_UNTIL_MODELLED_S))
                recent.let_through(now_s, step, is_at_once=intent.is_at_once)

    def still_asks(self, question: Question) -> bool:
        """Return whether the answer to a question is of use."""
        return self._step_of(question) is not None

    def take(self, question: Question, found: Found) -> None:
        """Take in what was worked out."""
        with self._lock:
            step = self._step_of(question)
            if step is not None:
                step.found = found

    # -- what is given --------------------------------------------------------------------------

    def give(self, wanted: Wanted, read: Read, now_s: float) -> None:
        """Take in what became of a step that was wanted."""
        question = None
        with self._lock:
            model = self._models.get(wanted.key)
            step = None if model is None else model.steps.get((wanted.before_count, wanted.after_count))
            if model is None or step is None:
                return
            if read.own is None:
                step.why, step.failed_s = read.why, now_s
                return
            own, scaler = mark_of(read.own), None
            if read.scaler is not None and wanted.scaler is not None:
                scaler = wanted.scaler.key.name, mark_of(read.scaler)
            if model.is_read and (model.own, model.scaler) != (own, scaler):
                del self._models[wanted.key]
                return
            model.own, model.scaler, model.is_read = own, scaler, True
            if model.is_void:
                del self._models[wanted.key]
                return
            if not read.files:
                step.found = Found(verdict="cannot_tell", why=read.why)
                return
            model.settles_s = max(model.settles_s, *(settles_s(one.world) for one in read.files))
            model.leaves_s = max(model.leaves_s, *(leaves_s(one.world) for one in read.files))
            change = Resized(
                address=_address(wanted.key), before_count=wanted.before_count, after_count=wanted.after_count
            )
            question = step.question = Question(
                world=-1, file=read.files[0], plan=resizing("kubernetes", change), readings=read.files
            )
        self._ask(question)

    def look(self, resource: str, happened: str, found: Mapping[str, Any]) -> None:
        """See an object of the cluster, as it is read: a model that was made of another is void."""
        kind = WORKLOADS.get(resource, "")
        if kind not in RESOURCES and resource != SCALERS:
            return
        key = key_of_object(found, kind) if kind else _target(found)
        with self._lock:
            model = None if key is None else self._models.get(key)
            if model is None or key is None:
                return
            mark = "" if happened == "DELETED" else mark_of(found)
            if kind:
                model.shown_own = mark or "none"
            else:
                model.shown_scalers[str(mapping(found.get("metadata")).get("name", ""))] = mark
            if model.is_void:
                del self._models[key]

    # -- how it is answered ---------------------------------------------------------------------

    def _key(self, plan: Plan, one: Any) -> Key | None:
        """Return the workload of the cluster that is meant; None where it shows none that can be modelled."""
        if plan.system != "kubernetes":
            return None
        own = self._cluster.find(one.address)
        return own.key if own is not None and own.key.kind in RESOURCES else None

    def _named(self, plan: Plan, one: Any) -> Key | None:
        """Return the workload that is meant, by its full name also where the cluster was not read yet."""
        parts = one.address.split("/")
        if plan.system == "kubernetes" and len(parts) > len(Key._fields) and parts[-3] in RESOURCES:
            return Key(*parts[-3:])
        return self._key(plan, one)

    def _of(self, key: Key, growth: SizeChange, now_s: float) -> Ruling:
        doubt = self._cluster.doubt(now_s) or self._too_much(now_s)
        if doubt:
            return _cannot_tell(key, doubt)
        model = self._models.get(key)
        before_count, gone_count, over_in_s = growth.before_count, 0, 0.0
        unseen_s = float("-inf")
        if model is not None and model.is_read:
            standing = self._cluster.standing(_address(key), model.settles_s, now_s, leaves_s=model.leaves_s)
            if standing is None:
                return _cannot_tell(key, "the cluster no longer shows it.")
            if standing.is_anew or now_s - self._anew_s.get(key, float("-inf")) < model.settles_s:
                return _cannot_tell(key, "a restart of it is going on, and nobody has proven both.")
            before_count, gone_count, over_in_s = self._floor(key, model, growth, standing, now_s)
            unseen_s = standing.unseen_until_s
        assert before_count is not None
        assert growth.after_count is not None
        if model is None:
            _drop_oldest(self._models, MOST_MODELS - 1)
            model = self._models[key] = _Model()
        ruling = self._step(key, model, (before_count, growth.after_count + gone_count), now_s, over_in_s)
        if ruling.verdict == "proceed" and unseen_s > now_s:
            return _cannot_tell(key, UNSEEN, unseen_s - now_s)
        other = self._beside(key, now_s) if ruling.verdict == "proceed" else ""
        why = f"{other} grows as well, and each was proven alone: what both share is known to no world."
        return _cannot_tell(key, why, _AGAIN_S) if other else ruling

    def _beside(self, key: Key, now_s: float) -> str:
        """Return another workload that no world names and that still grows; empty where there is none."""
        moving = (other for other, one in self._recent.items() if other != key and one.now(now_s).steps)
        return next(map(name_of, moving), "")

    def _floor(
        self, key: Key, model: _Model, growth: SizeChange, standing: Standing, now_s: float
    ) -> tuple[int, int, float]:
        """Return from which size a growth is judged, how many left that may still be there, until when."""
        assert growth.before_count is not None
        recent = self._recent.get(key, Recent(settles_s=model.settles_s))
        recent.settles_s, recent.leaves_s = model.settles_s, model.leaves_s
        going_on = recent.now(now_s, {_address(key): standing})
        floor_count = going_on.floors().get(_address(key), growth.before_count)
        gone_count = going_on.gone_counts().get(_address(key), 0)
        return min(growth.before_count, floor_count), gone_count, going_on.over_in_s(now_s)

    def _step(
        self, key: Key, model: _Model, sizes: tuple[int, int], now_s: float, over_in_s: float
    ) -> Ruling:
        step = model.steps.get(sizes)
        if step is not None and step.found is not None:
            return _ruled(key, step.found, step.question, model.settles_s, over_in_s)
        if step is not None and step.question is not None:
            awaited = self._ask(step.question)
            return _cannot_tell(key, awaited.why, max(awaited.again_s, _AGAIN_S))
        if step is not None and now_s - step.failed_s <= _TRIED_AGAIN_AFTER_S and step.why:
            return _cannot_tell(key, step.why, _TRIED_AGAIN_AFTER_S)
        if step is None or step.why:
            _drop_oldest(model.steps, MOST_STEPS - 1)
            scaler = self._cluster.scalers.of(key)
            wanted = Wanted(key=key, scaler=scaler, before_count=sizes[0], after_count=sizes[1])
            try:
                self.wanted.put_nowait(wanted)
            except queue.Full:
                return _cannot_tell(key, "so much waits to be modelled that this waits too.", _AGAIN_S)
            model.steps[sizes] = _Step()
        return _cannot_tell(key, _BEING_MODELLED, _AGAIN_S)

    def _too_much(self, now_s: float) -> str:
        """Return that more goes on than is kept, where it does; what is over is forgotten."""
        if len(self._recent) > MOST_GOING_ON:
            for key in [key for key, one in self._recent.items() if not one.now(now_s).steps]:
                del self._recent[key]
        many = len(self._recent) > MOST_GOING_ON
        return f"more than {MOST_GOING_ON:,} workloads that no world knows move at once." if many else ""

    def _step_of(self, question: Question) -> _Step | None:
        [change] = question.plan.changes
        model = self._models.get(Key(*change.address.split("/")[-3:]))
        step = None if model is None else model.steps.get((change.before_count or 0, change.after_count or 0))
        return step if step is not None and step.question is question else None


def _ruled(key: Key, found: Found, question: Question | None, over_s: float, over_in_s: float) -> Ruling:
    grounds = None
    if question is not None:
        grounds = Grounds(
            digest=file_digest(question.file), judged=key_of(question.plan), settles_s=over_s,
            runs_count=found.runs_count, seed=found.seed, numbers=found.numbers,
        )  # fmt: skip
    return Ruling(
        verdict=found.verdict,
        why=found.why,
        again_in_s=None if found.verdict == "proceed" else over_in_s or None,
        world=name_of(key),
        activity=found.activity,
        evidence=f"{found.runs_count:,} whole runs" if found.runs_count else "",
        grounds=grounds,
    )


def _cannot_tell(key: Key, why: str, again_in_s: float | None = None) -> Ruling:
    return Ruling(verdict="cannot_tell", why=why, again_in_s=again_in_s, world=name_of(key))


def _address(key: Key) -> str:
    return f"apps/v1/{key.kind}/{key.namespace}/{key.name}"


def _target(scaler: Mapping[str, Any]) -> Key | None:
    """Return what an autoscaler scales."""
    target = mapping(mapping(scaler.get("spec")).get("scaleTargetRef"))
    namespace = str(mapping(scaler.get("metadata")).get("namespace", ""))
    return Key(str(target.get("kind")), namespace, str(target.get("name"))) if target else None


def _drop_oldest(kept: dict[Any, Any], most_count: int) -> None:
    while len(kept) > most_count:
        del kept[next(iter(kept))]
