"""What does kubectl print of a cluster? By its own program; Secrets are not asked for.

Nothing is changed: `get` alone is run, with a time limit, and what it prints is bounded.
"""

from __future__ import annotations

import shutil
import subprocess

from tidegate.errors import CannotTellError, Fault, InputError

KINDS = (
    "deployments,statefulsets,daemonsets,replicasets,services,endpointslices.discovery.k8s.io,"
    "ingresses.networking.k8s.io,horizontalpodautoscalers,pods,configmaps"
)
"""What is asked for: no Secrets, whose values nobody need read."""
_WITHIN_S = 120.0
_MOST_BYTES = 200 * 1024 * 1024


def listed_objects(kubeconfig: str, context: str = "") -> str:
    """Return what a cluster has, as `kubectl get … -A -o json` prints it.

    Parameters
    ----------
    kubeconfig
        The file that says where the cluster is, and who asks.
    context
        Which of its contexts; empty for the current one.

    Raises
    ------
    InputError
        If kubectl is not installed, or prints more than can be read.
    CannotTellError
        If the cluster does not answer, or refuses.
    """
    program = shutil.which("kubectl")
    if program is None:
        raise InputError(Fault(what="kubectl is not installed", path="--kubeconfig", value=kubeconfig))
    words = [
        program,
        "--kubeconfig",
        kubeconfig,
        *(["--context", context] if context else []),
        "get",
        KINDS,
        "-A",
        "-o",
        "json",
        "--request-timeout=60s",
    ]
    try:
        done = subprocess.run(words, capture_output=True, timeout=_WITHIN_S, check=False)  # noqa: S603  no shell
    except subprocess.TimeoutExpired:
        raise CannotTellError(
            f"the cluster of {kubeconfig} gave no answer within {_WITHIN_S:.0f} s"
        ) from None
    if done.returncode:
        why = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise CannotTellError(f"kubectl did not list the cluster of {kubeconfig}: {why}")
    if len(done.stdout) > _MOST_BYTES:
        allowed = (
            f"at most {_MOST_BYTES // 1024**2} MB: `kubectl get … -n NAMESPACE -o json` of the namespaces "
            "meant"
        )
        raise InputError(
            Fault(what="the cluster has too much", path="--kubeconfig", value=kubeconfig, allowed=allowed)
        )
    return done.stdout.decode(errors="replace")
