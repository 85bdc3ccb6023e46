"""What people and pipelines do with kubectl, while the gate enforces."""

from __future__ import annotations

import json
import time

from bench import Bench, told, until
from objects import LEFT_OUT, NAMESPACE, OWN_NAMESPACE, START_COUNT, WISHED_COUNT, autoscaler, workload
from review_recorder import Exchange

SETTLES_S = 21.0
"""As long as a step of these worlds is not over, and a second."""
IN_PROD = ("-n", NAMESPACE)


def of_shop(one: Exchange) -> bool:
    """Whether a review is of the shop."""
    return one.request.get("name") == "shop"


def verdicts(bench: Bench, mark: int) -> set[str]:
    """Return all that the gate said since a mark."""
    return {str(one["verdict"]) for one in told(bench.recorder.since(mark))}


def scaling(bench: Bench) -> None:
    """Scale a Deployment up, down and up too far, in all ways that there are."""
    scale = ("scale", "deployment/shop", *IN_PROD, "--replicas")
    mark = bench.recorder.mark()
    said = bench.plane.kubectl(*scale, "10")
    bench.note("scale-up-safe", "`kubectl scale` to a size that is safe", said, mark=mark,
               expected="happens", holds=said.code == 0 and bench.count("shop") == 10)  # fmt: skip
    mark = bench.recorder.mark()
    said = bench.plane.kubectl(*scale, "4")
    bench.note("scale-down", "`kubectl scale` down, while the step before is not over", said, mark=mark,
               expected="happens", holds=said.code == 0 and bench.count("shop") == 4)  # fmt: skip
    time.sleep(SETTLES_S)
    patch = json.dumps({"spec": {"replicas": WISHED_COUNT}})
    shop = workload("shop", WISHED_COUNT)
    ways = {
        "scale-up-unsafe": ("`kubectl scale` to a size that is not safe", (*scale, str(WISHED_COUNT)), None),
        "patch": ("`kubectl patch` of the Deployment", ("patch", "deployment", "shop", *IN_PROD, "-p", patch), None),
        "patch-scale": (
            "`kubectl patch --subresource=scale`",
            ("patch", "deployment", "shop", *IN_PROD, "--subresource=scale", "--type=merge", "-p", patch), None,
        ),
        "apply": ("`kubectl apply` with other `replicas`", ("apply", "-f", "-"), shop),
        "apply-server-side": (
            "`kubectl apply --server-side` with other `replicas`",
            ("apply", "--server-side", "--force-conflicts", "-f", "-"), shop,
        ),
        "replace": ("`kubectl replace`", ("replace", "-f", "-"), shop),
        "dry-run": (
            "`kubectl scale --dry-run=server` to a size that is not safe", (*scale, str(WISHED_COUNT), "--dry-run=server"), None,
        ),
    }  # fmt: skip
    for name, (title, words, given) in ways.items():
        mark = bench.recorder.mark()
        said = bench.plane.kubectl(*words, given=given)
        is_refused = said.code != 0 and "Allowed now: " in said.text and said.text.count("Tidegate: ") == 1
        stands = bench.count("shop")
        bench.note(name, title, said, mark=mark, expected="refused, once and with the size allowed now",
                   holds=is_refused and stands == START_COUNT, stands=stands)  # fmt: skip
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("apply", "-f", "-", given=workload("shop", 12))
    bench.note("apply-safe", "`kubectl apply` with other `replicas`, to a size that is safe", said, mark=mark,
               expected="happens", holds=said.code == 0 and bench.count("shop") == 12)  # fmt: skip
    time.sleep(SETTLES_S)


def stateful(bench: Bench) -> None:
    """Scale a StatefulSet, whose pods come all at once."""
    scale = ("scale", "statefulset/queue", *IN_PROD, "--replicas")
    for count, holds in ((10, True), (WISHED_COUNT, False)):
        mark = bench.recorder.mark()
        said = bench.plane.kubectl(*scale, str(count))
        stands = bench.count("queue", "statefulset")
        bench.note(
            f"statefulset-{'safe' if holds else 'unsafe'}", f"`kubectl scale` of a StatefulSet to {count}", said, mark=mark,
            expected="happens" if holds else "refused, with the size allowed now",
            holds=(said.code == 0) is holds and stands == (count if holds else 10), stands=stands,
        )  # fmt: skip


def unknown(bench: Bench) -> None:
    """Make, change and delete what no world knows."""
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("create", "-f", "-", given=workload("stranger", 3))
    bench.note("create-unknown", "`kubectl create` of a Deployment that no world knows", said, mark=mark,
               expected="happens, and nothing is said of it (`--on-doubt allow`)",
               holds=said.code == 0 and "Warning: " not in said.text and verdicts(bench, mark) == {"cannot_tell"})  # fmt: skip
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("delete", "deployment", "stranger", *IN_PROD)
    bench.note("delete", "`kubectl delete` of a Deployment", said, mark=mark,
               expected="happens; the gate is not asked", holds=said.code == 0 and bench.recorder.mark() == mark)  # fmt: skip


def rolled_out(bench: Bench) -> None:
    """Roll a Deployment out: the controller scales its ReplicaSets, which is nobody's wish."""
    mark = bench.recorder.mark()
    size = bench.count("shop")
    said = bench.plane.kubectl("set", "image", "deployment/shop", "main=shop:2", *IN_PROD)
    sets = ("replicasets", *IN_PROD, "-l", "app=shop")

    def is_going_on() -> bool:
        return len(bench.plane.read(*sets)["items"]) > 1

    began = until(is_going_on, 20)
    time.sleep(5)
    found = bench.plane.read(*sets)["items"]
    reviews = bench.recorder.since(mark)
    of_sets = [one for one in reviews if one.request["resource"]["resource"] == "replicasets"]
    held_up = [one for one in of_sets if not one.response["allowed"] or one.response.get("warnings")]
    bench.note(
        "roll-out", "`kubectl set image`: a roll-out, whose ReplicaSets the controller scales", said, mark=mark,
        expected="the change of the template is asked about once (twice where it is refused); no ReplicaSet is held up, "
                 "warned of or counted",
        holds=began and said.code == 0 and bool(of_sets) and not held_up,
        replica_sets={one["metadata"]["name"].rpartition("-")[0] + f"-{i}": one["spec"]["replicas"] for i, one in enumerate(found)},
        stands=size, reviews_of_replica_sets=len(of_sets),
    )  # fmt: skip
    name = str(found[0]["metadata"]["name"])
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("scale", f"replicaset/{name}", *IN_PROD, "--replicas", "41")
    bench.note("replicaset-by-hand", "`kubectl scale` of a ReplicaSet that a Deployment owns", said, mark=mark,
               expected="happens as a doubt, since no world knows it; the controller undoes it",
               holds=said.code == 0 and verdicts(bench, mark) == {"cannot_tell"})  # fmt: skip
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("rollout", "restart", "deployment/shop", *IN_PROD)
    bench.note("restart", "`kubectl rollout restart`", said, mark=mark, wanted=of_shop,
               expected="asked about, as who has to connect anew", holds=any(one.request["operation"] == "UPDATE" for one in bench.recorder.since(mark, of_shop)))  # fmt: skip


def never_held_up(bench: Bench) -> None:
    """Scale what is never held up."""
    for namespace, name in (("kube-system", "dns"), (OWN_NAMESPACE, "gate")):
        bench.make(workload(name, 1, namespace=namespace))
        mark = bench.recorder.mark()
        said = bench.plane.kubectl("scale", f"deployment/{name}", "-n", namespace, "--replicas", str(WISHED_COUNT))
        bench.note(
            f"namespace-{namespace}", f"`kubectl scale` in `{namespace}`, which has no label of its name", said, mark=mark,
            expected="happens: the server asks (the selector does not know the namespace), and the gate does not hold it up",
            holds=said.code == 0 and "Warning" not in said.text and bench.recorder.mark() > mark,
        )  # fmt: skip


def broken_glass(bench: Bench) -> None:
    """Go past the gate, by annotation and by label."""
    mark = bench.recorder.mark()
    over = workload("shop", WISHED_COUNT, image="shop:1", annotations={"tidegate.dev/override": "an outage, see 4711"})
    size = bench.count("shop")
    said = bench.plane.kubectl("apply", "-f", "-", given=over)
    bench.note("override", f"`kubectl apply` from {size} to {WISHED_COUNT} with the annotation `tidegate.dev/override`", said, mark=mark,
               expected="happens", holds=said.code == 0 and bench.count("shop") == WISHED_COUNT)  # fmt: skip
    bench.plane.must("apply", "-f", "-", given=workload("shop"))
    time.sleep(SETTLES_S)
    bench.plane.must("label", "namespace", NAMESPACE, f"{LEFT_OUT}=off")
    time.sleep(2)
    mark = bench.recorder.mark()
    said = bench.plane.kubectl("scale", "deployment/shop", *IN_PROD, "--replicas", str(WISHED_COUNT))
    bench.note("label", f"`kubectl scale` to {WISHED_COUNT} in a namespace with the label `{LEFT_OUT}=off`", said, mark=mark,
               expected="happens; the gate is not asked", holds=said.code == 0 and bench.recorder.mark() == mark)  # fmt: skip
    bench.plane.must("scale", "deployment/shop", *IN_PROD, "--replicas", str(START_COUNT))
    bench.plane.must("label", "namespace", NAMESPACE, f"{LEFT_OUT}-")
    time.sleep(2)


def raised_by_hand(bench: Bench) -> None:
    """Make an autoscaler whose least is above what stands, as a person does."""
    bench.make(workload("raised"))
    bench.make(autoscaler("raised", period_s=15))
    time.sleep(20)  # the controller writes the size into its status
    mark = bench.recorder.mark()
    patch = json.dumps({"spec": {"minReplicas": WISHED_COUNT}})
    said = bench.plane.kubectl("patch", "hpa", "raised", *IN_PROD, "--type=merge", "-p", patch)
    stands = bench.plane.read("horizontalpodautoscalers.v2beta2.autoscaling", "raised", *IN_PROD)["spec"]["minReplicas"]
    bench.note("raised-least", f"`kubectl patch hpa` with `minReplicas: {WISHED_COUNT}`", said, mark=mark,
               expected="refused, with the size allowed now", holds=said.code != 0 and "Allowed now: " in said.text and stands == START_COUNT)  # fmt: skip
