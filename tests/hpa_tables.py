"""The tables of Kubernetes' own autoscaler, and what `tidegate.behaviour.hpa` answers to each row."""

from __future__ import annotations

import json
from pathlib import Path

from tidegate.behaviour.hpa.controller import Controller, together
from tidegate.behaviour.hpa.release import NEWEST, OLDEST
from tidegate.behaviour.hpa.spec import behavior_of, refusals
from tidegate.behaviour.hpa.stride import (
    Behavior,
    Booked,
    Event,
    Policy,
    Rules,
    down_limit,
    most_without_behavior,
    up_limit,
)
from tidegate.behaviour.hpa.wanted_size import Pod, Tolerance, of_pods, of_total, of_value

TABLES = Path(__file__).parent / "unit" / "behaviour" / "hpa" / "tables"
NAMES = tuple(sorted(path.stem for path in TABLES.glob("*.json")))
OLD = Tolerance(by=OLDEST)
A_SYNC_S = 15.0  # a new pod has no reading before
A_LITTLE_S = 1e-5  # the fakes' clock runs so much more than a gap between two syncs
PODS_4_60 = {"up": {"policies": [{"type": "Pods", "value": 4, "period": 60}]}}
RULES = {
    "none": None,
    "default-written": {},
    "disabled": {"up": {"select": "Disabled"}},
    "pods4-60": PODS_4_60,
}


def rows(table):
    return json.loads((TABLES / f"{table}.json").read_text(encoding="utf-8"))


def later():
    """Return what the rows that newer controllers answer otherwise come to, by their table and input."""
    return {(row["table"], key(row["in"])): row["out"] for row in rows("later")}


def key(given):
    return json.dumps(given, sort_keys=True)


def policies(listed):
    return tuple(
        Policy(percent=one["type"] == "Percent", amount=one["value"], period_s=float(one["period"]))
        for one in listed
    )


def behavior(rules):
    if rules is None:
        return None
    written = {}
    for way, said in rules.items():
        parts = written.setdefault({"up": "scaleUp", "down": "scaleDown"}[way], {})
        if "window" in said:
            parts["stabilizationWindowSeconds"] = said["window"]
        if "select" in said:
            parts["selectPolicy"] = said["select"]
        if "policies" in said:
            parts["policies"] = [
                {"type": one["type"], "value": one["value"], "periodSeconds": one["period"]}
                for one in said["policies"]
            ]
    return behavior_of({"behavior": written})


def answer(table, row, by=OLDEST):
    """Return what our rules say where the table's row says its `out`, and that in the same form."""
    return globals()[f"_{table}"](row["in"], row["out"], by)


def _limits_percent(given, out, by):
    size = given["current"]
    if given["function"] != "percent":
        return most_without_behavior(size), out
    rules = Rules(policies=(Policy(percent=True, amount=given["percent"], period_s=60.0),))
    return {"down": down_limit(size, rules, by=by), "up": up_limit(size, rules, by=by)}, out


def _limits_booked(given, out, by):
    rules = Rules(policies=policies(given["policies"]), choice=given["select"])
    events = [Event(-one["ago"], one["change"]) for one in given["events"] or ()]
    up = up_limit(given["current"], rules, 0.0, Booked(added=events), by)
    return {"down": down_limit(given["current"], rules, 0.0, Booked(removed=events), by), "up": up}, out


def _steps(given, out, by):
    controller = Controller(1, given["to"], behavior(given["rules"]), by)
    size, sizes, at = given["from"], [], []
    for sync in range(800):
        now_s = sync * (15.0 + A_LITTLE_S)
        new = controller.sync(now_s, size, of_total(given["metric_wants"], 1, size, OLD))
        if new != size:
            sizes.append(new)
            at.append(round(now_s))
        size = new
    few = len(out["sizes"] or ())
    largest = max((b - a for a, b in zip([given["from"], *sizes], sizes, strict=False)), default=0)
    ours = {"at": at[:few], "sizes": sizes[:few], "largest": largest, "steps": len(sizes)}
    return ours, {name: out[name] or [] if name in {"at", "sizes"} else out[name] for name in ours}


def _cpu_rounding(given, out, by):
    pods = [Pod(use_milli=given["use_milli"], request_milli=given["request_milli"])] * given["pods"]
    return of_pods(
        pods, given["target"], given["pods"], Tolerance(by=by), cpu=True, resource=True, utilisation=True
    ), _wants(out)


def _wants(out):
    return None if out["error"] else out["wants"]


def _metric_kinds(given, out, by):
    kind, value, target = given["metric"], given["value_milli"], given["target_milli"]
    status, size, ready, tolerance = given["status"], given["spec"], given["ready"], Tolerance(by=by)
    if kind.endswith("-average"):
        return of_total(value, target, status, tolerance), _wants(out)
    if kind in {"external-value", "object-value"}:
        return of_value(value, target, size, ready, tolerance), _wants(out)
    each = value // max(status, 1)
    cpu = kind.startswith("cpu")
    idle = Pod(use_milli=0, is_ready=False, age_s=10.0, changed_s=10.0)
    pods = [Pod(use_milli=each)] * ready + [idle] * (status - ready)
    return of_pods(pods, target, size, tolerance, cpu=cpu, resource=cpu), _wants(out)


OTHERS = {
    "missing": {"use_milli": None},
    "missing-young": {"use_milli": None, "age_s": 20.0, "is_ready": False, "changed_s": 20.0},
    "succeeded": {"use_milli": None},
    "pending": {"is_pending": True, "is_ready": None},
    "pending-old": {"is_pending": True, "is_ready": None},
    "deleting": {"is_gone": True},
    "failed": {"is_gone": True},
    "no-request": {"request_milli": None},
    "no-request-going": {"request_milli": None, "is_gone": True},
    "young-unready": {"is_ready": False, "age_s": 60.0, "changed_s": 60.0},
    "young-ready-20s": {"age_s": 60.0, "changed_s": 20.0},
    "young-ready-40s": {"age_s": 60.0, "changed_s": 40.0},
    "old-never-ready": {"is_ready": False, "age_s": 3600.0, "changed_s": 3595.0},
    "old-was-ready": {"is_ready": False, "age_s": 3600.0, "changed_s": 60.0},
    "slow-never-ready": {"is_ready": False, "age_s": 3600.0, "changed_s": 3500.0},
}


def _pods(given, out, by):
    metric = given["metric"]
    use = given["good_use"]
    good = Pod(use_milli=use, request_milli=1000)
    other = Pod(**{"use_milli": 900, "request_milli": 1000, **OTHERS[given["are"]]})
    resource = metric != "pods"
    return of_pods(
        [good] * given["good_pods"] + [other] * given["others"],
        given["target"] // 10 if resource else given["target"],
        given["good_pods"] + given["others"],
        Tolerance(by=by),
        cpu=metric == "cpu",
        resource=resource,
        utilisation=resource,
    ), _wants(out)


def _several(given, out, by):
    wishes = [None if given[f"{name}_fails"] else given[f"wants_{name}"] for name in "ab"]
    size = given["current"]
    controller = Controller(2, 100, behavior(RULES[given["behavior"]]), by, has_begun=True)
    return controller.sync(0.0, size, together(size, wishes, by)), out["replicas"]


def _whole(given, out, by):
    rules = behavior(RULES[given["behavior"]])
    controller = Controller(given["min"], given["max"], rules, by, has_begun=True)
    size = given["current"]
    wish = given["metric_wants"]
    return controller.sync(0.0, size, wish), out["replicas"]


def _series(given, out, by):
    def begin():
        return Controller(given["min"], given["max"], behavior(given["rules"]), by)

    controller, size, sizes = begin(), given["start"], []
    hand, denied, fails = (given[name] or {} for name in ("hand", "denied", "fails"))
    for sync, wish in enumerate(given["wants"]):
        now_s = sync * (given["every"] + A_LITTLE_S)
        if given["restart_at"] and sync == given["restart_at"]:
            controller = begin()
        size = hand.get(str(sync), size)
        new = controller.wants(now_s, size, None if str(sync) in fails else wish)
        if str(sync) not in denied:
            controller.granted(now_s, size, new)
            size = new
        sizes.append(size)
    return sizes, out["sizes"]


def _loops(given, out, by):
    controller = Controller(given["min"], given["max"], behavior(RULES[given["behavior"]]), by)
    size, born, sizes = given["start"], [-10_000.0] * given["start"], []
    for sync in range(len(out["spec"])):
        now_s = sync * (15.0 + A_LITTLE_S)
        born = born[:size] + [now_s] * (size - len(born))
        demand = next(one["to"] for one in reversed(given["demand"]) if one["at"] <= now_s)
        size = controller.sync(now_s, size, _loop_wish(given, demand, size, born, now_s))
        sizes.append(size)
    return sizes, out["spec"]


def _loop_wish(given, demand, size, born, now_s):
    if given["metric"] == "external-average":
        return of_total(round(demand * 1000), round(given["target"] * 1000), size, OLD)
    boot_s, ages_s = given["boot"], [now_s - at_s for at_s in born]
    ready = sum(age_s >= boot_s for age_s in ages_s)
    each = min(int(1000 * demand / max(ready, 1)), 1000)
    cpu = given["metric"] == "cpu"
    pods = [
        Pod(
            use_milli=each if age_s >= boot_s else None if age_s < A_SYNC_S else 0,
            request_milli=1000,
            is_ready=age_s >= boot_s,
            age_s=age_s,
            changed_s=age_s - boot_s if age_s >= boot_s else age_s,
        )
        for age_s in ages_s
    ]
    target = round(given["target"] * (100 if cpu else 1000))
    return of_pods(pods, target, size, OLD, cpu=cpu, resource=cpu, utilisation=cpu)


def _short(given, out, by):
    if "period" in given:
        written = {"up": {"policies": [{"type": "Pods", "value": 5, "period": given["period"]}]}}
        controller, size, at = Controller(1, 1000, behavior(written), by), 10, []
        for sync in range(200):
            now_s = sync * (given["every"] + A_LITTLE_S)
            new = controller.sync(now_s, size, 1000)
            at += [round(now_s, 1)] if new != size else []
            size = new
        few = len(out["first_writes_at"])
        return at[:few], [round(at_s, 1) for at_s in out["first_writes_at"]]
    if "behavior" in given:
        controller, size, sizes = Controller(50, 1000, behavior(RULES[given["behavior"]]), by), 3, []
        for sync in range(len(out["sizes"])):
            size = controller.sync(sync * (15.0 + A_LITTLE_S), size, 900)
            sizes.append(size)
        return sizes, out["sizes"]
    if "status" in given:
        wish = of_total(10_000, 1000, given["status"], Tolerance(by=by))
    else:
        pods = [Pod(use_milli=given["use"])] * 6 + [Pod()] * 4
        wish = of_pods(pods, 500, 10, Tolerance(by=by))
    return Controller(1, 100, None, by, has_begun=True).sync(0.0, 10, wish), out["replicas"]


def _refused(given, out, by):
    spec = json.loads('{"maxReplicas":10' + given["spec"] + "}", object_pairs_hook=dict)
    refused = refusals(spec)
    paths = {_dotted(one.path) for one in refused}
    theirs = {where.split(":")[0] for where in out["where"] or ()}
    if refused:
        return (True, paths), (out["refused"], theirs)
    found = behavior_of(spec)
    theirs = out["behavior_after_defaults"]
    if theirs is not None and theirs["ScaleDown"]["StabilizationWindowSeconds"] is None:
        theirs["ScaleDown"]["StabilizationWindowSeconds"] = 300  # the controller's flag
    return (False, _written(found)), (out["refused"], theirs)


def _dotted(path):
    return "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _written(found):
    if found is None:
        return None
    return {
        name: {
            "StabilizationWindowSeconds": int(rules.window_s),
            "SelectPolicy": rules.choice,
            "Policies": [
                {
                    "Type": "Percent" if one.percent else "Pods",
                    "Value": one.amount,
                    "PeriodSeconds": int(one.period_s),
                }
                for one in rules.policies
            ],
        }
        for name, rules in (("ScaleUp", found.up), ("ScaleDown", found.down))
    }


__all__ = ["NAMES", "NEWEST", "OLDEST", "Behavior", "answer", "key", "later", "rows"]
