"""The page of what was seen before a real server, from what was kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HEAD = """# Before a real API server

Written by `docs/generate_real_api_server.py` from `real-api-server.json`; do not edit. Measured on {date} with {versions}.

`tidegate gate` stood before a kube-apiserver as both of its webhooks, over TLS; both were asked about all that the
[guide](../how-to/ask-before-it-runs.md) has asked. What asked was real: kubectl, and the controllers of Deployments, ReplicaSets,
StatefulSets and autoscalers, which look every 15 s. Not real: there is no node, so pods are made and never run (where the
gate reads the server, which it does in the cases that say so, a stub says of them that they do); the
metric that autoscalers read is a number that a stub serves through the server's aggregator; and of Kubernetes this is
an old version, the newest of which Debian has the source ({build}). Newer servers differ: `autoscaling/v2`, a label of its
name on each namespace, match conditions, and a counter of what was let through because a webhook was away.

In each of the worlds pods keep 20 connections to a database that sets 200 up in a second; from 4 pods up to 19 at once were
proven safe. The gate enforces.
"""
KNOWN = """## Worth knowing of the server itself

- It asks twice about what is refused, with another uid each time, milliseconds apart; about a dry run once. With both
  webhooks one refused `kubectl scale` is four questions. `tidegate decisions` counts one.
- A slow gate is waited for by each webhook: with `Ignore` a change takes twice `timeoutSeconds` longer; with `Fail` the
  first webhook is asked twice, and it takes as long until the change is refused.
- `Ignore` leaves no trace on this version: the counter of what was let through came with 1.24.
- An autoscaler whose wish was brought down says `SuccessfulRescale` with its wish, and keeps the wish as
  `status.desiredReplicas`: only the Deployment has the true size. It comes again at every second sync at the soonest.
- An autoscaler below its `minReplicas` goes there at once, whatever its `behavior` says; it is asked about as any scale is.
- This version keeps in `managedFields` when a size was written by an apply or a patch, and not when by a Scale; newer ones
  are said to keep both. So before a gate that had just begun a scale-down by `kubectl scale` was not known to have been: what left by it
  was not counted (seen in an earlier run of the same case; an autoscaler's `lastScaleTime` is read as well).
- Before 1.21 a namespace has no label of its name, and a selector by that label leaves nothing out: with `Fail` a gate
  that is away then stops even its own Deployment from being scaled. Its pods are replaced all the same.
"""
BUILD = "`docs/real_api_server/build_server.py` builds it"
_ROW = "| {} | {} | {} | {} |"


def page(found: Mapping[str, Any]) -> str:
    """Return the page."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    cases: Sequence[Mapping[str, Any]] = found["cases"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    yield HEAD.format(date=found["date"], versions=versions, build=BUILD)
    held = sum(one["holds"] for one in cases)
    climbs = [one for one in cases if "sizes" in one]
    starved = [one for one in climbs if _is_starved(one)]
    yield (
        f"{held} of {len(cases)} cases went as expected. Of {len(climbs)} autoscalers {len(starved)} did not get on by "
        "themselves: they were refused until somebody reads their events.\n"
    )
    yield _ROW.format("what was done", "expected", "seen", "as expected")
    yield _ROW.format(*["---"] * 4)
    for one in cases:
        yield _ROW.format(one["title"], one["expected"], _seen(one), "yes" if one["holds"] else "**no**")
    yield "\n## What kubectl prints\n"
    printed: dict[str, list[str]] = {}
    for one in cases:
        for said in one["said"]:
            if said["code"] or "Warning" in said["text"]:
                printed.setdefault(said["text"], []).append(f"{one['title']} (exit {said['code']}, {said['took_s']:.1f} s)")
    for text, titles in printed.items():
        yield "\n".join(f"- {title}" for title in titles) + "\n"
        yield f"```text\n{text}\n```\n"
    yield "## What autoscalers do\n"
    for one in cases:
        if "sizes" in one:
            yield from _climb(one)
    yield from _installed(cases)
    yield KNOWN
    yield "## What was not shown\n"
    yield (
        "Pods that run, and so the connections that they make; a node that is drained (an eviction was); several gates at once; "
        "`resource` and `pods` metrics; a Rollout or any other resource that is not the server's own; a newer server."
    )


def _seen(case: Mapping[str, Any]) -> str:
    parts = [f"{'done' if one['code'] == 0 else 'refused'} after {one['took_s']:.1f} s" for one in case["said"]]
    if case["reviews"] is None:
        return "; ".join(parts)
    asked = Counter((one["path"], one["allowed"], one["is_patched"]) for one in case["reviews"])
    for (path, is_allowed, is_patched), count in sorted(asked.items()):
        answer = "brought down" if is_patched else "allowed" if is_allowed else "refused"
        parts.append(f"{path} asked {count} × ({answer})")
    if not case["reviews"]:
        parts.append("not asked")
    if "sizes" in case:
        parts.append("sizes " + " → ".join(str(count) for _, count in case["sizes"]))
    return "; ".join(parts)


def _installed(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in cases:
        if "taken" in one:
            yield "## Which of the gate's own objects this server takes\n"
            kinds = Counter(one["taken"])
            yield "Taken: " + ", ".join(f"{name} ({count})" for name, count in sorted(kinds.items())) + ".\n"
            yield "".join(f"- Not taken: {' '.join(said.split())}\n" for said in one["refused"])


def _is_starved(case: Mapping[str, Any]) -> bool:
    return len(case["sizes"]) == 1


def _climb(case: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {case['title'][0].upper()}{case['title'][1:]}\n"
    sizes = ", ".join(f"{count} after {at_s:.0f} s" for at_s, count in case["sizes"])
    at_s = case["restarted_after_s"]
    yield f"Sizes: {sizes} (the controllers were ended after {at_s} s, and started again).\n"
    if _is_starved(case):
        yield f"**It did not get on by itself within {case['looked_for_s']} s**: somebody has to read the event.\n"
    wishes = ", ".join(f"{count} after {at_s:.0f} s" for at_s, count in case["wishes"])
    yield f"`status.desiredReplicas`: {wishes}.\n"
    yield f"Its condition at the end: {case['condition']}\n"
    yield "| event | how often | message |\n| --- | --- | --- |"
    for one in case["events"]:
        message = " ".join(str(one["message"]).split()).replace("|", "\\|")
        yield f"| {one['reason']} | {one['count']} | {message} |"
    yield ""
