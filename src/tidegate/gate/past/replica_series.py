"""What did kube-state-metrics see? Answers of Prometheus to range queries for replicas: a change is a step.

A change is as exact in time as the series; one after a gap is not told when, and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from statistics import median

from tidegate.gate.asking.intent import names_in_kubernetes
from tidegate.gate.past.history import Reading, Told
from tidegate.observe.prometheus_answer import Labelled, read_answer
from tidegate.observe.samples import GAP_TIMES

_NAME = re.compile(r"kube_(deployment|statefulset|replicaset)_(?:spec_|status_)?replicas")
_KINDS: Mapping[str, str] = {
    "deployment": "Deployment", "statefulset": "StatefulSet", "replicaset": "ReplicaSet",
}  # fmt: skip
_ALLOWED = "kube_deployment_spec_replicas and its like, with their labels: not a sum"


def read_replicas(reading: Reading, text: str) -> None:
    """Take in the series of an answer.

    Raises
    ------
    InputError
        If it is no answer.
    """
    for one in read_answer(text, reading.source):
        found = _NAME.fullmatch(one.labels.get("__name__", ""))
        if found is None or found[1] not in one.labels or "namespace" not in one.labels:
            reading.fault("is no series of replicas", value=dict(one.labels), allowed=_ALLOWED)
            continue
        address = f"apps/v1/{_KINDS[found[1]]}/{one.labels['namespace']}/{one.labels[found[1]]}"
        _steps(reading, one, address)


def _steps(reading: Reading, one: Labelled, address: str) -> None:
    at_s, values = one.series.at_s, one.series.values
    if len(at_s) < 2:
        reading.passed["series of a single sample"] += 1
        return
    usual_s = median(later - before for before, later in pairwise(at_s))
    names = names_in_kubernetes(*address.split("/")[-3:])
    for number, (before, after) in enumerate(pairwise(values), 1):
        if before == after:
            continue
        if not all(value >= 0 and float(value).is_integer() and value < 1e8 for value in (before, after)):
            reading.passed["samples that are no size"] += 1
        elif at_s[number] - at_s[number - 1] > GAP_TIMES * usual_s:
            reading.passed["changes after a gap in their series, so that nothing tells when"] += 1
        else:
            reading.told.append(
                Told(
                    at_s=at_s[number], system="kubernetes", address=address, aliases=names,
                    before_count=int(before), after_count=int(after),
                )
            )  # fmt: skip
