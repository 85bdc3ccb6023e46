"""The gate is away, or slow: what the server does then, by `failurePolicy`."""

from __future__ import annotations

import os
import signal
import time

from bench import Bench, until
from cases_of_people import IN_PROD
from objects import NAME_LABEL, OWN_NAMESPACE, START_COUNT, WISHED_COUNT, workload

TIMEOUT_S = 3
AWAY_COUNTER = "apiserver_admission_webhook_fail_open_count"


def away_and_slow(bench: Bench, gate_port: int, gate_pid: int) -> None:
    """Stop the gate as it stands, so that it is slow, and then end it.

    The server speaks with the gate itself here, and not through the recorder.
    """
    os.kill(gate_pid, signal.SIGSTOP)
    for failure in ("Ignore", "Fail"):
        _scaled(bench, gate_port, failure, "slow")
    os.kill(gate_pid, signal.SIGKILL)
    time.sleep(1)
    for failure in ("Ignore", "Fail"):
        _scaled(bench, gate_port, failure, "away")
    _own(bench)


def _scaled(bench: Bench, port: int, failure: str, how: str) -> None:
    bench.forget()
    bench.plane.must("scale", "deployment/shop", *IN_PROD, "--replicas", str(START_COUNT))
    bench.register(port, failure=failure, timeout_s=TIMEOUT_S)
    said = bench.plane.kubectl("scale", "deployment/shop", *IN_PROD, "--replicas", str(WISHED_COUNT))
    lets_through = failure == "Ignore"
    words = "longer than `timeoutSeconds`" if how == "slow" else "nobody listens"
    bench.note(
        f"{how}-{failure.lower()}", f"the gate is {how} ({words}), `failurePolicy: {failure}`, `timeoutSeconds: {TIMEOUT_S}`",
        said, expected="happens" if lets_through else "refused by the server",
        holds=(said.code == 0) is lets_through, fail_open_counted=bench.plane.counted(AWAY_COUNTER),
    )  # fmt: skip
    if failure == "Fail":
        said = bench.plane.kubectl("scale", "deployment/shop", *IN_PROD, "--replicas", "2")
        bench.note(
            f"{how}-fail-down", f"the same, and a scale-down, `failurePolicy: {failure}`", said,
            expected="refused by the server: it cannot ask (which is why the guide says `Ignore`)", holds=said.code != 0,
        )  # fmt: skip


def _own(bench: Bench) -> None:
    """With `Fail` and a gate that is gone: can the gate come back?"""
    namespace = ("-n", OWN_NAMESPACE)
    scale = ("scale", "deployment/gate", *namespace, "--replicas")
    said = bench.plane.kubectl(*scale, "2")
    bench.note("own-unlabelled", f"the gate is away, `failurePolicy: Fail`: `kubectl scale` of the gate in `{OWN_NAMESPACE}`, which has no label of its name",
               said, expected="refused: the selector cannot leave out a namespace that has no label (before 1.21 none has)", holds=said.code != 0)  # fmt: skip
    for one in (OWN_NAMESPACE, "kube-system"):
        bench.plane.must("label", "namespace", one, f"{NAME_LABEL}={one}", "--overwrite")
    time.sleep(2)
    for name, one in (("gate", OWN_NAMESPACE), ("dns", "kube-system")):
        said = bench.plane.kubectl("scale", f"deployment/{name}", "-n", one, "--replicas", "2")
        bench.note(f"own-labelled-{name}", f"the same with the label `{NAME_LABEL}`, in `{one}`", said,
                   expected="happens; the server does not ask", holds=said.code == 0)  # fmt: skip
    until(lambda: len(_standing(bench)) == 2, 60)  # forty pods go first
    pod = min(_standing(bench))
    eviction = {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": pod, "namespace": OWN_NAMESPACE}}
    said = bench.plane.kubectl("create", "--raw", f"/api/v1/namespaces/{OWN_NAMESPACE}/pods/{pod}/eviction", "-f", "-", given=eviction)
    is_replaced = until(lambda: pod not in _standing(bench) and len(_standing(bench)) == 2, 60)
    bench.note("evicted", "a pod of the gate is evicted while the gate is away, `failurePolicy: Fail`", said,
               expected="another takes its place", holds=said.code == 0 and is_replaced)  # fmt: skip
    bench.forget()
    said = bench.plane.kubectl("apply", "-f", "-", given=workload("shop", WISHED_COUNT))
    bench.note("deleted-configuration", "the configurations are deleted", said, expected="nothing is held up", holds=said.code == 0)  # fmt: skip


def _standing(bench: Bench) -> set[str]:
    """Return the gate's pods that are not going."""
    found = bench.plane.read("pods", "-n", OWN_NAMESPACE, "-l", "app=gate")["items"]
    return {str(one["metadata"]["name"]) for one in found if "deletionTimestamp" not in one["metadata"]}
