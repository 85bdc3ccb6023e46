"""What world do Kubernetes manifests imply? One in which the size of one workload changes.

Manifests give sizes, steps, roll-out and probes; what they cannot say (pools, retries, the device)
comes from annotations ``tidegate.dev/pool`` and so on, or from the options of the command line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from tidegate.behaviour.hpa.release import NEWEST, Release, release
from tidegate.errors import Fault, InputError, Place
from tidegate.gate.autoscaler import LEAST, MOST, Scaling, read_scaling, steps_of
from tidegate.gate.canary import CANARY, Canary, canary_of
from tidegate.gate.command_line import VERSION, Options, read_scale, refuse_version
from tidegate.gate.environment import environment_of
from tidegate.gate.fleet import CLIENTS, STARTS_AT_S, Fleet, Implied, Said, fleet_document, implied
from tidegate.gate.in_order import in_order
from tidegate.gate.jobs import cron_triggers, most_pods, overlapping, schedule_of
from tidegate.gate.manifest_rows import annotation_rows, manifest_rows, rows_of_others
from tidegate.gate.manifest_text import Manifest, raise_all, read_manifests, together
from tidegate.gate.roll_out import has_roll_out, roll_among, roll_notes, sizes_among
from tidegate.gate.settings.known import Known, Text, known_of, overridden
from tidegate.gate.settings.laid import lay
from tidegate.gate.unused import unused_notes
from tidegate.gate.workload import (
    AUTOSCALER,
    CONTAINERS,
    FROM_NONE,
    JOBS,
    SCALED_OBJECT,
    TEMPLATE,
    WORKLOADS,
    Objects,
    behind,
    concerning,
)
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_PAUSED = "autoscaling.keda.sh/paused"
ANNOTATION = "tidegate.dev/"
SERVED = "own_pods"
_READY_S = 30.0
_READINESS = "time from a pod's start to its readiness"
_WIDTH = 4.0  # a time to readiness is believed to within this factor
_LONGEST_ROLLOUT_S = 3600.0
_SHOWN_COUNT = 4


def world_from_manifests(
    text: str,
    source: str,
    options: Options | None = None,
    *,
    workload: str = "",
    beside: Sequence[Text] = (),
    more: Sequence[tuple[str, str]] = (),
) -> Implied:
    """Return the world that Kubernetes manifests imply.

    Parameters
    ----------
    text
        One or several YAML documents: a workload of any kind, autoscaler, Service, ConfigMaps …
    source
        Name of the file.
    options
        What the command line says beside them; it goes before annotations, and these before settings.
    workload
        Name of the workload whose size changes, if the text holds several.
    beside
        Files with settings of the program, and of the servers it leads to.
    more
        Texts with further manifests, and their names.

    Raises
    ------
    InputError
        With every fault of the manifests, each with its place; or if no change of size is known.
    """
    objects = concerning(together(read_manifests(*one) for one in ((text, source), *more)), workload, source)
    environment = environment_of(objects.workload, objects.every)
    known = known_of(environment, beside)
    nearer = {**_annotations(objects.workload), **(options or Options()).said()}
    words = {**known.words(), **nearer}
    fleet, notes = _fleet(objects, words, source)
    fleet, ordered = in_order(objects.workload, fleet, _ready_s(objects.workload))
    additions, longest_s = _additions(objects, fleet)
    used = [one for one in (objects.workload, objects.autoscaler) if one is not None]
    raise_all([*objects.every, *used], [])
    document = fleet_document(replace(fleet, longest_s=longest_s))
    scale = document["activities"]["scale"]
    scale["known_as"] = {"kubernetes": used[-1].address}
    every, turns = _turns(objects)
    scale |= {"every": format_quantity(every, "s")} if every else {}
    if ordered and len(fleet.steps) > 1:
        scale["pause"] = _assumed_pause(fleet.steps[1][0] - fleet.steps[0][0])
    for section, parts in additions.items():
        document[section] |= parts
    sizes = {"before": fleet.before_count, "after": fleet.after_count}
    lay(document, known, **sizes, poolers_count=_poolers_count(objects, known))
    notes = (*notes, *roll_notes(objects, fleet.before_count))
    if "activities" not in additions:
        notes = (*notes, _no_rollout(objects, fleet))
    stores = {store.address for store in environment.used}
    made = implied(fleet, document, source, (*notes, *ordered, *turns, *_ignored(objects, stores)))
    service = document["clients"][CLIENTS]["service"]
    rows = [row for one in used for row in manifest_rows(one, serves=objects.serves)]
    rows += rows_of_others(
        each for each in objects.every if each.address not in {one.address for one in used}
    )
    rows += [*annotation_rows(nearer, service), *overridden(known, nearer, service)]
    return replace(made, read=tuple(rows))


def _poolers_count(objects: Objects, known: Known) -> int:
    """Return how many pods stand where the pool leads; 0 if none is here."""
    target = known.main.target if known.main is not None else None
    host = target.host.partition(".")[0] if target is not None else ""
    pods = behind(host, objects.every)
    return pods[0].whole(("spec", "replicas"), 1, least=1) if pods else 0


def _annotations(workload: Manifest) -> dict[str, Said]:
    """Return what the annotations of the workload, or of its pods, say."""
    known = tuple(Options.__dataclass_fields__)
    said: dict[str, Said] = {}
    for path in ((*TEMPLATE, "metadata", "annotations"), ("metadata", "annotations")):
        for key in workload.mapping(path):
            if not key.startswith(ANNOTATION):
                continue
            name = key.removeprefix(ANNOTATION).replace("-", "_")
            here = (*path, key)
            if name not in known:
                allowed = ", ".join(ANNOTATION + each.replace("_", "-") for each in known)
                near = nearest(name, known).replace("_", "-")
                near = ANNOTATION + near if near else ""
                workload.faults.add(here, "is an unknown annotation", allowed=allowed, near=near)
            else:
                said[name] = Said(text=workload.text(here), by=key, place=workload.faults.place(here))
    return said


def _fleet(objects: Objects, words: Mapping[str, Said], source: str) -> tuple[Fleet, tuple[str, ...]]:
    workload, manifest = objects.workload, objects.autoscaler
    by = _version(objects, words)
    scaling = None if manifest is None else read_scaling(manifest, by)
    before, after = _sizes(objects, scaling, words, source)
    fleet = Fleet(
        before_count=before,
        after_count=after,
        words={name: said for name, said in words.items() if name != "scale"},
        name=workload.name or CLIENTS,
        known_as={"kubernetes": workload.address},
    )
    if scaling is None:
        refuse_version(words)
        return fleet, ()
    steps, notes = steps_of(scaling, before, after, may_be_by_hand="scale" in words, by=by)
    return replace(fleet, steps=steps), notes


def _version(objects: Objects, words: Mapping[str, Said]) -> Release:
    """Return the rules of the controller that was said; those of the newest where nothing was."""
    if VERSION not in words:
        return NEWEST
    said = words[VERSION]
    found = release(said.text)
    if found is None:
        fault = Fault(
            what="is no version", path=said.by, value=said.text, allowed="such as 1.29", place=said.place
        )
        objects.workload.faults.take([fault])
    return found or NEWEST


def _sizes(
    objects: Objects, scaling: Scaling | None, words: Mapping[str, Said], source: str
) -> tuple[int, int]:
    if "scale" in words:
        return read_scale(words["scale"])
    if objects.workload.kind in JOBS:
        return 0, max(1, most_pods(objects.workload) * overlapping(objects.workload)[0])
    if scaling is None and objects.workload.kind == "DaemonSet":
        allowed = "--scale FROM:TO with the nodes before and after: a DaemonSet has one pod on each"
        _stop("states no change of size", source, allowed=allowed)
    if scaling is None:
        what = "states no change of size"
        allowed = (
            "a HorizontalPodAutoscaler for the workload, or `tidegate check` with --scale FROM:TO, which "
            "keeps the world for other verbs with --save"
        )
        _stop(what, source, allowed=allowed)
    least, after = scaling.least_count, scaling.most_count
    before = objects.workload.whole(("spec", "replicas"), least)
    if before == 0:
        what = "is 0, so its autoscaler does nothing"
        allowed = "--scale FROM:TO, which somebody else carries out"
        objects.workload.faults.add(("spec", "replicas"), what, value="0", allowed=allowed)
    before = min(before or least, least)
    if after <= before and not scaling.is_refused:
        what = f"leaves nothing to scale: it is not above {LEAST[-1]}"
        scaling.manifest.faults.add(MOST, what, value=after, allowed=f"more than {before}")
    return before, max(after, before)


def _additions(objects: Objects, fleet: Fleet) -> tuple[dict[str, dict[str, Any]], float]:
    """Return what manifests add to the world of the fleet, and how long a roll-out may last at most."""
    additions: dict[str, dict[str, Any]] = {}
    if objects.serves:
        additions["services"] = {SERVED: _served(objects.workload, fleet)}
    if objects.is_named_only or roll_among(objects, fleet.before_count).by_hand:
        return additions, 0.0
    rollout, longest_s = _rollout(objects, fleet), _rollout_s(objects, fleet)
    if longest_s > _LONGEST_ROLLOUT_S:
        return additions, 0.0
    return {**additions, "activities": {"rollout": rollout}}, longest_s


def _no_rollout(objects: Objects, fleet: Fleet) -> str:
    """Say why no roll-out is described."""
    if objects.is_named_only:
        named = f"{objects.workload.kind} {objects.workload.name}"
        return f"{named} is known by its autoscaler alone: nothing but its growth is judged."
    if not has_roll_out(objects.workload):
        return f"A {objects.workload.kind} has no roll-out."
    if roll_among(objects, fleet.before_count).by_hand:
        return "Its pods are replaced when someone deletes them (OnDelete); no roll-out is described."
    return "A roll-out would take more than an hour; it is left out."


def _rollout(objects: Objects, fleet: Fleet) -> dict[str, Any]:
    """Describe a rolling update at the size before: every new pod opens its pool anew."""
    workload, count = objects.workload, fleet.before_count
    canary = sizes_among(objects, count, _ready_s(workload))
    if canary is not None or _goes_along(workload, count):
        workload.find((*CANARY, "steps"))  # they are in the world
    if canary is not None:
        return _canary(fleet, canary) | {"known_as": {"kubernetes": workload.address}}
    roll = roll_among(objects, count, _ready_s(workload))
    beside = f", {roll.surge_count} beside the old ones" if roll.surge_count else ""
    activity: dict[str, Any] = {
        "kind": "restart",
        "title": f"roll {fleet.name} out anew, {roll.at_once(count)} of {count} pods at a time{beside}",
        "from": str(count),
        "clients_added": CLIENTS,
        "at": format_quantity(STARTS_AT_S, "s"),
        "batches": str(roll.batches_count(count)),
        # No range: a longer pause would need a longer horizon, which every run would pay for.
        "pause": {
            "value": format_quantity(_ready_s(workload), "s"),
            "basis": "assumed",
            "measure": _READINESS,
        },
    }
    if roll.surge_count:
        activity["surge"] = str(roll.surge_count)
    if objects.serves:
        activity["service"] = SERVED
    activity["known_as"] = {"kubernetes": workload.address}
    return activity


def _goes_along(workload: Manifest, count: int) -> bool:
    canary = canary_of(workload, count, 0.0)
    return canary is not None and canary.goes_along


def _canary(fleet: Fleet, canary: Canary) -> dict[str, Any]:
    """Describe a canary whose pods come in its own steps, until as many new as old ones are there."""
    before = fleet.before_count
    return {
        "kind": "scale",
        "title": f"roll {fleet.name} out anew, {before} new pods beside {before} old ones in "
        f"{len(canary.sizes)} steps",
        "from": str(before),
        "to": str(2 * before),
        "clients_added": CLIENTS,
        "at": format_quantity(STARTS_AT_S, "s"),
        "steps": [
            {"after": format_quantity(round(at_s, 6), "s"), "to": str(before + count)}
            for at_s, count in canary.sizes
        ],
    }


def _rollout_s(objects: Objects, fleet: Fleet) -> float:
    count, ready_s = fleet.before_count, _ready_s(objects.workload)
    canary = sizes_among(objects, count, ready_s)
    if canary is not None:
        return canary.last_s
    return roll_among(objects, count, ready_s).batches_count(count) * ready_s


def _ready_s(workload: Manifest) -> float:
    """Return how long a pod takes to be ready: as long as the slowest of its containers, by their probes."""
    said_s = [sum(_first_s(workload, probe) for probe in probes) for probes in _starting_probes(workload)]
    return max(said_s, default=_READY_S) + workload.whole(("spec", "minReadySeconds"), 0)


def _starting_probes(workload: Manifest) -> Iterator[Sequence[tuple[str | int, ...]]]:
    """Yield the probes that a container must pass before it is ready, of each that has any."""
    for index in range(len(workload.items(CONTAINERS))):
        named = [(*CONTAINERS, index, name) for name in ("startupProbe", "readinessProbe")]
        probes = [probe for probe in named if workload.mapping(probe)]
        if probes:
            yield probes


def _first_s(workload: Manifest, probe: tuple[str | int, ...]) -> float:
    """Return when a probe is passed first, after it may begin."""
    return float(workload.whole((*probe, "initialDelaySeconds"), 0) + _period(workload, probe))


def _period(workload: Manifest, probe: tuple[str | int, ...]) -> int:
    return workload.whole((*probe, "periodSeconds"), 10, least=1)


def _assumed_time(value_s: float, measure: str) -> dict[str, str]:
    ends = {"value": value_s, "low": value_s / _WIDTH, "high": value_s * _WIDTH}
    written = {end: format_quantity(at_s, "s") for end, at_s in ends.items()}
    return {**written, "basis": "assumed", "measure": measure}


def _served(workload: Manifest, fleet: Fleet) -> dict[str, Any]:
    service: dict[str, Any] = {
        "network": "inside",
        "title": f"{fleet.name}, to its own callers",
        "instances": str(fleet.before_count),
        "boot": {"time": _assumed_time(_ready_s(workload), _READINESS)},
        "known_as": dict(fleet.known_as),
    }
    probes: list[dict[str, Any]] = [
        _probe(workload, (*CONTAINERS, index, name), on_failure)
        | (_starts(workload, index) if on_failure == "restart" else {})
        for index in range(len(workload.items(CONTAINERS)))
        for name, on_failure in (("readinessProbe", "eject"), ("livenessProbe", "restart"))
        if workload.mapping((*CONTAINERS, index, name))
    ]
    return {**service, "health_probes": probes} if probes else service


def _probe(workload: Manifest, path: tuple[str | int, ...], on_failure: str) -> dict[str, str]:
    kinds = ("httpGet", "grpc", "tcpSocket", "exec")
    kind = next((kind for kind in kinds if workload.find((*path, kind)) is not None), "")
    return {
        "network": "inside",
        "interval": f"{_period(workload, path)}s",
        "timeout": f"{workload.whole((*path, 'timeoutSeconds'), 1, least=1)}s",
        "failures": str(workload.whole((*path, "failureThreshold"), 3, least=1)),
        "successes": str(workload.whole((*path, "successThreshold"), 1, least=1)),
        "on_failure": on_failure,
        # A request queues with the others; a bare connection or a command does not.
        "busy_fails": "true" if kind in {"httpGet", "grpc"} else "false",
    }


def _starts(workload: Manifest, container: int) -> dict[str, Any]:
    """Return what a manifest says of when a container that starts is checked."""
    alive, starts = ((*CONTAINERS, container, name) for name in ("livenessProbe", "startupProbe"))
    found: dict[str, Any] = {}
    if workload.find((*alive, "initialDelaySeconds")) is not None:
        found["initial_delay"] = f"{workload.whole((*alive, 'initialDelaySeconds'), 0)}s"
    if workload.mapping(starts):
        failures = workload.whole((*starts, "failureThreshold"), 3, least=1)
        found["startup"] = {"interval": f"{_period(workload, starts)}s", "failures": str(failures)}
    return found


def _turns(objects: Objects) -> tuple[float | None, tuple[str, ...]]:
    """Return how often the change comes, where one schedule says so, and what schedules say."""
    schedule, every_s = schedule_of(objects.workload)
    if schedule:
        known = "" if every_s else ", which is not understood"
        suspended = objects.workload.text(("spec", "suspend")) == "true"
        told = [f"It starts by its schedule, {schedule}{known}.", overlapping(objects.workload)[1]]
        told += ["It is suspended today: judged as if it were not."] if suspended else []
        return every_s, tuple(filter(None, told))
    triggers = cron_triggers(objects.autoscaler) if objects.autoscaler is not None else ()
    name = objects.autoscaler.name if objects.autoscaler is not None else ""
    notes: tuple[str, ...] = _paused(objects.autoscaler)
    notes += tuple(f"A cron trigger of {name} {says}." for says, _ in triggers)
    if objects.autoscaler is not None and objects.autoscaler.find(FROM_NONE) is not None:
        notes = (*notes, "From none it starts one first; the growth is judged from there.")
    return triggers[0][1] if len(triggers) == 1 else None, notes


def _paused(scaler: Manifest | None) -> tuple[str, ...]:
    """Say that KEDA holds a workload still today."""
    known = {} if scaler is None else scaler.mapping(("metadata", "annotations"))
    said = [f"{key}: {known[key]}" for key in known if key.startswith(_PAUSED)]
    return (f"It is paused today ({', '.join(said)}): judged as if it were not.",) if said else ()


def _assumed_pause(pause_s: float) -> dict[str, str]:
    low = format_quantity(pause_s / _WIDTH, "s")
    each = format_quantity(pause_s, "s")
    return {"value": each, "low": low, "high": each, "basis": "assumed", "measure": _READINESS}


def _ignored(objects: Objects, stores: Collection[str]) -> tuple[str, ...]:
    used = [objects.workload, objects.autoscaler]
    taken = {*stores, *(each.address for each in used if each is not None)}
    rest = [each for each in objects.every if each.address not in taken and each.kind != "Service"]
    notes = [note for each in used if each is not None for note in unused_notes(each)]
    if any(each.kind == "PodDisruptionBudget" for each in rest):
        notes.append("Not used: PodDisruptionBudget, which limits drains, not changes of size or roll-outs.")
    if objects.workload.find(("spec", "updateStrategy", "rollingUpdate", "partition")) is not None:
        notes.append("Not used: the partition of the roll-out; all pods are taken to be replaced.")
    notes += _others([each for each in rest if each.kind != "PodDisruptionBudget"])
    notes += [
        f"Not read: {place}, which is no Kubernetes object ({says})." for place, says in objects.passed_over
    ]
    if objects.serves:
        notes.append(f"Who calls {objects.workload.name} is not described by manifests; add those clients.")
    return tuple(notes)


def _others(rest: Sequence[Manifest]) -> list[str]:
    """Name the objects that are not used: workloads and autoscalers each, others by their kinds."""
    named = [
        f"{each.kind} {_place(each)}" for each in rest if each.kind in {*WORKLOADS, AUTOSCALER, SCALED_OBJECT}
    ]
    kinds = sorted({each.kind for each in rest} - {*WORKLOADS, AUTOSCALER, SCALED_OBJECT})
    shown = named[:_SHOWN_COUNT] + (
        [f"{len(named) - _SHOWN_COUNT} more workloads"] if len(named) > _SHOWN_COUNT else []
    )
    said = [*shown, *kinds]
    return [f"Not used: {', '.join(said)}."] if said else []


def _place(one: Manifest) -> str:
    return f"{one.namespace}/{one.name}" if one.namespace else one.name


def _stop(what: str, source: str, *, value: str = "", allowed: str = "", near: str = "") -> NoReturn:
    raise InputError(Fault(what=what, value=value, allowed=allowed, nearest=near, place=Place(source=source)))
