"""What was found, as sentences: the same words for the terminal and for the entry."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.probe.backoff_law import Interval, Law
from tidegate.probe.conduct import Conduct
from tidegate.probe.connections import Connections
from tidegate.probe.identify import Finding
from tidegate.probe.nesting import FoundLayer, Retrying
from tidegate.probe.situation import TTL_S

WHEN = {
    "silent": "nothing answers",
    "hanging": "its requests are never answered",
    "slow": "answers trickle",
    "resetting": "connections are reset",
    "refusing": "connections are refused",
    "erring": "it is answered with errors",
    "erring_retry_after": "it is told to come again later",
    "changing": "its address list changes",
}
"""Each situation as a clause."""

_KINDS = {
    "at_once": "tries again at once",
    "never": "does not try again",
    "own_pace": "goes on at its own pace",
    "constant": "waits a constant time",
    "backs_off": "backs off",
    "waits": "waits, by no law known",
    "unknown": "cannot tell",
}
# What hurts most is said first.
_GRAVITY = ("at_once", "waits", "constant", "own_pace", "never", "backs_off", "unknown")


def headline(finding: Finding) -> str:
    """Return what to read first: how it tries again, and what it opens beyond its attempts."""
    return _retrying_headline(finding) + _beyond_attempts(finding)


def _retrying_headline(finding: Finding) -> str:
    kinds = {name: one.kind for name, one in finding.conducts.items() if name != "erring_retry_after"}
    changing, refusing = kinds.get("changing", "unknown"), kinds.get("refusing", "unknown")
    if changing == "at_once" and refusing in {"backs_off", "constant"}:
        although = "although it does when connections are refused"
        return f"Does not back off when its address list changes, {although}."
    said = []
    for kind in _GRAVITY:
        names = [name for name, one in kinds.items() if one == kind]
        if names and kind != "unknown":
            every = len(names) == len(kinds)
            where = "in every situation" if every else "when " + _listed([WHEN[name] for name in names])
            said.append(f"{_KINDS[kind]} {where}")
    if not said:
        return "How it tries again cannot be told."
    sentence = "; ".join(said)
    return sentence[0].upper() + sentence[1:] + "."


def _beyond_attempts(finding: Finding) -> str:
    """Return what a client does to the network beyond its attempts, to follow the first sentence."""
    if finding.idle_connect_s is not None:
        apart = seconds(finding.idle_connect_s.value)
        return f" Connects again and again and asks nothing, {apart} after the last."
    if finding.spare_connections_count:
        count = finding.spare_connections_count
        more = _counted((count, count), "more connection")
        return f" Each attempt that it gives up opens {more}, with nothing asked on it."
    return ""


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def conduct_words(conduct: Conduct) -> tuple[str, str]:
    """Return what the client does in one situation in a few words, and how many attempts that were."""
    if conduct.cannot:
        return _KINDS["unknown"], conduct.cannot
    ended = "" if conduct.is_complete else ", then stopped by us"
    return _KINDS[conduct.kind], _counted(conduct.attempts_count, "attempt") + ended


def connection_words(found: Connections) -> str:
    """Return how many connections there were for how many attempts."""
    opened, tries = _counted(found.opened_count, "connection"), _counted(found.attempts_count, "attempt")
    words = f"{opened} for {tries}"
    if found.unasked_count[1]:
        words += f", {_range(found.unasked_count)} with nothing asked"
    return words


def _range(count: tuple[int, int]) -> str:
    fewest, most = count
    return f"{fewest}" if fewest == most else f"{fewest} to {most}"


def _counted(count: tuple[int, int], noun: str) -> str:
    return f"{_range(count)} {noun}{'' if count == (1, 1) else 's'}"


def retrying_words(retrying: Retrying) -> str:
    """Return how a client tries again in words, with numbers."""
    words = [layer_words(layer) for layer in retrying.layers]
    if len(words) > 1:
        words = [f"library: {words[0]}", f"around it: {words[1]}"]
    if retrying.pace_s is not None:
        words.append(f"goes on at its own pace, {seconds(retrying.pace_s)} after each attempt")
    return "; ".join(words) or "never"


def layer_words(layer: FoundLayer) -> str:
    """Return one layer in words."""
    unended = f"more than {layer.least_count} retries"
    retries = unended if layer.retries_count is None else _plural(layer.retries_count)
    return f"{retries}, {law_words(layer.law)}"


def _plural(count: int) -> str:
    return f"{count} {'retry' if count == 1 else 'retries'}"


def law_words(law: Law) -> str:
    """Return how a layer waits in words."""
    found = law.parameters
    if law.law == "none":
        return f"at once (within {seconds(law.waits_s.high)})"
    if not law.law:
        return f"after {seconds(law.waits_s.low)} to {seconds(law.waits_s.high)}, by no law known"
    base = spoken(found["base"])
    growth = {
        "constant": f"always {base}",
        "linear": f"{base} longer each time",
        "exponential": f"from {base}",
        "decorrelated": f"decorrelated from {base}",
    }[law.law]
    if "multiplier" in found:
        growth += f", × {ratio(found['multiplier'])} each time"
    cap = f", at most {spoken(found['cap'])}" if "cap" in found else ""
    jitter = {"none": "no jitter", "full": "full jitter", "equal": "equal jitter"}.get(law.jitter)
    if jitter is None:
        width = found["jitter_width"]
        jitter = f"± {width.value:.0%} ({width.low:.0%}–{width.high:.0%})"
    first = "the first at once, then " if law.first_at_once else ""
    return first + growth + cap + ("" if law.law == "decorrelated" else f", {jitter}")


def seconds(time_s: float) -> str:
    """Return a duration as people say it, with three digits."""
    if time_s < 0.9995:
        return f"{float(f'{time_s * 1e3:.3g}'):g} ms"
    return f"{float(f'{time_s:.3g}'):g} s"


def spoken(interval: Interval) -> str:
    """Return a duration with its ends."""
    return f"{seconds(interval.value)} ({seconds(interval.low)}–{seconds(interval.high)})"


def ratio(interval: Interval) -> str:
    """Return a factor with its ends."""
    return f"{interval.value:.3g} ({interval.low:.3g}–{interval.high:.3g})"


def name_words(finding: Finding) -> str:
    """Return what the client does about names."""
    found = finding.resolution
    if not found.kinds:
        return "it asked for no name"
    words = [f"asks for {' and '.join(found.kinds)}"]
    if found.lookups_per_connection is None:
        return words[0] + "; too few connections in a run to say how often"
    if found.lookups_per_connection > 0.9:
        words.append("before every connection")
    else:
        words.append(f"{found.lookups_per_connection:.2g} times for each connection")
    if found.respects_ttl is False:
        words.append(f"used an answer {seconds(found.longest_use_s or 0.0)} after it came, although it holds "
                     f"for {TTL_S} s")  # fmt: skip
    elif found.respects_ttl:
        words.append(f"used no answer longer than the {TTL_S} s it holds")
    if found.stale_s is not None:
        words.append(f"still tried an old address {seconds(found.stale_s)} after the list had changed")
    if found.noticed_s is not None:
        words.append(f"tried a new address {seconds(found.noticed_s)} after the change")
    return "; ".join(words)
