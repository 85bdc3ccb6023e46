"""The published results, each as a world, a rule, and a judgement.

What counts as what (readings of the sources) stands in the world files. Nothing is tuned, except the one
cost of the MongoDB case, which is said there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from finding import Asked, Case, Finding
from published_runs import Seen, each_run, lowered, served_ratio, share_words, spread_words

RESULTS = "Published results"
HOTOS25 = "Isaacs et al., HotOS 2025"
HOTOS21 = "Bronson et al., HotOS 2021"
SRE = "Beyer et al., Site Reliability Engineering"
OSDI22 = "Huang et al., OSDI 2022"
BROOKER = "Brooker, 2022"
CACHE = "services.web.calls.0.cache"
SHORT = {"services.server.queue": 35}
READ_THROUGH = {f"{CACHE}.fill": "read_through"}
HIT = "services.api.calls.0.cache.hit"
RETRY = "clients.users.retry"
BUDGET = {"tokens": 5, "cost": 1, "per_success": 0.1}
STUCK = Asked(changes={}, collapse_ratio=1.0)
BREAKER = {"failure": 0.1, "window": "10s", "least_calls": 10, "open": "5s"}


# -- queues and outages ----------------------------------------------------------------------------


def _hotos25(seen: Seen) -> tuple[float, float]:
    """Goodput of the last ten minutes, and attempts a second from the end of the surge on."""
    return served_ratio(seen, "users", 2100, 2700), seen.rate_per_s("users", "attempts_count", 1000, 2700)


def long_queue(runs_count: int) -> Finding:
    found = each_run(lowered("hotos25_queue"), runs_count, _hotos25)
    stuck = sum(goodput < 0.05 for goodput, _ in found)
    offered_per_s = [offered for _, offered in found]
    mean = float(np.mean(offered_per_s))
    return Finding(
        ours=f"stuck in {share_words(stuck, runs_count)}; {mean:.2f}/s offered",
        reproduces=stuck >= 0.95 * runs_count and abs(mean - 30.0) <= 0.5,
    )


def short_queue(runs_count: int) -> Finding:
    found = each_run(lowered("hotos25_queue", SHORT), runs_count, _hotos25)
    healed = sum(goodput > 0.95 for goodput, _ in found)
    return Finding(
        ours=f"recovers in {share_words(healed, runs_count)}", reproduces=healed >= 0.99 * runs_count
    )


def outage(runs_count: int) -> Finding:
    def read(seen: Seen) -> tuple[float, float]:
        return served_ratio(seen, "web", 200, 300), seen.rate_per_s("web", "attempts_count", 60, 300)

    found = each_run(lowered("hotos21_retry_storm"), runs_count, read)
    offered_per_s = float(np.mean([offered for _, offered in found]))
    worst = max(goodput for goodput, _ in found)
    return Finding(
        ours=f"{offered_per_s:.1f}/s offered; goodput at most {100 * worst:.1f} % in {runs_count} runs",
        reproduces=abs(offered_per_s / 560.0 - 1.0) <= 0.01 and worst < 0.01,
    )


def cache_flush(changes: Mapping[str, object], least: float, most: float, runs_count: int) -> Finding:
    tables = lowered("hotos21_look_aside_cache", changes)
    found = each_run(tables, runs_count, lambda seen: served_ratio(seen, "users", 60, 80))
    words = spread_words([100 * x for x in found])
    return Finding(ours=f"goodput {words} % of the load", reproduces=all(least <= x <= most for x in found))


def shed_to(rate: str) -> dict[str, object]:
    operator = {"at": "30s", "set": {"clients.users.demand.rate": rate}, "by_operator": True}
    return {"triggers.operator": operator}


# -- retries that only fail at random ----------------------------------------------------------------


def _random(
    failure_ratio: float,
    layer: Mapping[str, object],
    clients_count: int,
    runs_count: int,
    from_s: float = 50.0,
) -> tuple[float, float, int]:
    """Success and load per request wanted, and the number of requests."""
    changes = {
        HIT: 1.0 - failure_ratio,
        RETRY: {"layers": [layer]},
        "clients.users.population": clients_count,
    }

    def read(seen: Seen) -> tuple[float, float, float]:
        late = seen.bins(from_s, 99.0)
        series = ("fresh_count", "served_count", "attempts_count")
        fresh, served, attempts = (float(seen.population("users", k)[late].sum()) for k in series)
        return fresh, served, attempts

    fresh, served, attempts = np.sum(
        each_run(lowered("failing_at_random", changes), runs_count, read), axis=0
    )
    return float(served / fresh), float(attempts / fresh), int(fresh)


def geometric(failure_ratio: float, runs_count: int) -> Finding:
    """Success and load of three retries, within three standard errors of the formula."""
    success, load, requests = _random(failure_ratio, {"retries": 3, "backoff": "none"}, 100, runs_count)
    chance = [failure_ratio**i * (1 - failure_ratio) for i in range(3)] + [failure_ratio**3]
    mean = sum((i + 1) * p for i, p in enumerate(chance))
    error = math.sqrt(sum((i + 1 - mean) ** 2 * p for i, p in enumerate(chance)) / requests)
    wanted = 1 - failure_ratio**4
    deviation = max(
        abs(load - mean) / error, abs(success - wanted) / math.sqrt(wanted * (1 - wanted) / requests)
    )
    return Finding(
        ours=f"{success:.4f} / {load:.3f} over {requests:,} requests ({deviation:.1f} standard errors)",
        reproduces=deviation <= 3.0,
    )


def bucket_extra(runs_count: int) -> Finding:
    loads = [
        _random(f, {"retries": 3, "backoff": "none", "budget": BUDGET}, 100, runs_count)[1]
        for f in (0.15, 0.3, 0.6, 0.9)
    ]
    words = ", ".join(f"{100 * (load - 1):.1f} %" for load in loads)
    return Finding(ours=f"extra load {words} at 15, 30, 60, 90 % failures", reproduces=max(loads) <= 1.1)


def breaker_trips(runs_count: int) -> Finding:
    layer = {"retries": 3, "backoff": "none", "breaker": BREAKER}
    loads = {f: _random(f, layer, 100, runs_count)[1] for f in (0.02, 0.05, 0.08)}
    free = {f: (1 - f**4) / (1 - f) for f in loads}
    left = {f: loads[f] / free[f] for f in loads}
    words = ", ".join(f"{100 * share:.0f} %" for share in left.values())
    return Finding(
        ours=f"{words} of attempts let through at 2, 5, 8 % failures",
        reproduces=left[0.02] > 0.98 and left[0.05] < 0.95,
    )


def opposite_directions(runs_count: int) -> Finding:
    bucket, breaker = {"budget": BUDGET}, {"breaker": BREAKER}
    base = {"retries": 3, "backoff": "none"}
    buckets = [_random(0.15, base | bucket, n, runs_count, 0.0)[1] for n in (10, 100, 1000)]
    breakers = [_random(0.05, base | breaker, n, runs_count)[1] for n in (10, 100, 1000)]
    return Finding(
        ours="with 10, 100, 1,000 clients: bucket "
        + ", ".join(f"{x:.3f}" for x in buckets)
        + "; breaker "
        + ", ".join(f"{x:.3f}" for x in breakers)
        + " attempts a request",
        reproduces=buckets == sorted(buckets) and breakers == sorted(breakers, reverse=True),
    )


# -- arithmetic through the engine --------------------------------------------------------------------


def linear_storm(runs_count: int) -> Finding:
    def read(seen: Seen) -> list[float]:
        return [seen.rate_per_s("users", "attempts_count", s, s + 1) for s in range(18)]

    found = np.array(each_run(lowered("sre_linear_storm"), runs_count, read))
    steps = np.diff(found, axis=1)
    first = ", ".join(f"{x:,.0f}" for x in found[0][:4])
    return Finding(
        ours=f"{first} …; steps {steps.min():.0f} to {steps.max():.0f} over 18 s",
        reproduces=bool(np.all(np.abs(steps - 100.0) <= 1.0)),
    )


def layers(changes: Mapping[str, object], expected_count: int, runs_count: int) -> Finding:
    def read(seen: Seen) -> tuple[int, int]:
        wanted = seen.population("users", "fresh_count").sum()
        return int(wanted), int(seen.population("middle/call/0", "attempts_count").sum())

    found = each_run(lowered("sre_retry_layers", changes), runs_count, read)
    wanted = sum(n for n, _ in found)
    calls = sum(n for _, n in found)
    return Finding(
        ours=f"{calls / wanted:g} calls a request over {wanted:,} requests",
        reproduces=all(n == expected_count * fresh for fresh, n in found),
    )


def published_cases() -> tuple[Case, ...]:
    """Return every case of this page's first section."""
    stuck_rule = "below 5 % of the load in every run"
    return (
        Case(
            name="Long queue never recovers",
            section=RESULTS,
            source=HOTOS25,
            world="hotos25_queue",
            published="never recovers; 30/s offered (6 × 5)",
            rule="stuck in at least 95 % of runs; 30 ± 0.5/s",
            judge=long_queue,
            asked=(STUCK,),
        ),
        Case(
            name="Short queue recovers",
            section=RESULTS,
            source=HOTOS25,
            world="hotos25_queue",
            published="recovers",
            rule="recovers in at least 99 %",
            judge=short_queue,
            asked=(Asked(changes=SHORT, collapse_ratio=0.0),),
        ),
        Case(
            name="Retry storm after an outage",
            section=RESULTS,
            source=HOTOS21,
            world="hotos21_retry_storm",
            published="560/s offered, nothing served",
            rule="560 ± 1 %; goodput below 1 %",
            judge=outage,
            asked=(STUCK,),
            note="The outage is a pause: requests wait for the database. Where they are lost instead, "
            "nothing is "
            "left to serve at its end, and most runs recover: the reading decides.",
        ),
        Case(
            name="Look-aside cache flush at 3,000/s",
            section=RESULTS,
            source=HOTOS21,
            fast_runs=4,
            world="hotos21_look_aside_cache",
            published="stuck",
            rule=stuck_rule,
            judge=lambda n: cache_flush({}, 0.0, 0.05, n),
            asked=(STUCK,),
            note="The few keys filled before the database's queue grows too long stay in the cache; "
            "with 1,000 "
            "keys instead of 10,000 they are a quarter of it.",
        ),
        Case(
            name="Look-aside cache, load cut to 250/s",
            section=RESULTS,
            source=HOTOS21,
            fast_runs=4,
            world="hotos21_look_aside_cache",
            published="heals below 300/s",
            rule="at least 99 % served",
            judge=lambda n: cache_flush(shed_to("250/s"), 0.99, 1.01, n),
            asked=(Asked(changes=shed_to("250/s"), collapse_ratio=0.0),),
        ),
        Case(
            name="Look-aside cache, load cut to 400/s",
            section=RESULTS,
            source=HOTOS21,
            fast_runs=4,
            world="hotos21_look_aside_cache",
            published="hidden capacity 300/s: stuck above it",
            rule=stuck_rule,
            judge=lambda n: cache_flush(shed_to("400/s"), 0.0, 0.05, n),
            asked=(Asked(changes=shed_to("400/s"), collapse_ratio=1.0),),
        ),
        Case(
            name="Read-through cache flush at 3,000/s",
            section=RESULTS,
            source=HOTOS21,
            fast_runs=4,
            world="hotos21_look_aside_cache",
            published="does not deadlock",
            rule="at least 85 % served",
            judge=lambda n: cache_flush(READ_THROUGH, 0.85, 1.01, n),
            asked=(Asked(changes=READ_THROUGH, collapse_ratio=0.0),),
            differs="`check` asks whether service is normal again, and a tenth goes on failing, with or "
            "without the flush after some minutes: the published load fills the database exactly. At "
            "2,700/s it says proceed, and stop with the look-aside cache.",
            note="The cache is warm again. The tenth that misses it meets a full queue, because the "
            "published "
            "load (a tenth of 3,000/s) leaves a database of 300/s nothing to drain it with.",
        ),
        *(
            Case(
                name=f"Three retries, {100 * f:.0f} % of attempts fail",
                section=RESULTS,
                source="geometric series",
                world="failing_at_random",
                published=f"success {s} / load {load}",
                rule="3 standard errors",
                judge=lambda n, f=f: geometric(f, n),
                fast_runs=4,
                full_runs=40,
            )
            for f, s, load in ((0.1, ".9999", "1.111"), (0.5, ".9375", "1.875"), (0.75, ".6836", "2.734"))
        ),
        Case(
            name="Token bucket bounds the extra load",
            section=RESULTS,
            source=BROOKER,
            world="failing_at_random",
            published="extra load at most 10 %",
            rule="at most 10 %",
            judge=bucket_extra,
            fast_runs=2,
            full_runs=20,
        ),
        Case(
            name="Breaker trips near half its threshold",
            section=RESULTS,
            source=BROOKER,
            world="failing_at_random",
            published="a threshold of 10 % trips at about 5 %",
            rule="at 2 % of failures at least 98 % pass, at 5 % less than 95 %",
            judge=breaker_trips,
            fast_runs=2,
            full_runs=20,
            note="The source's breaker stops retries only; a breaker of a world stops every attempt. "
            "Windows of "
            "10 s, at least 10 calls and 5 s open are ours.",
        ),
        Case(
            name="More clients move bucket and breaker apart",
            section=RESULTS,
            source=BROOKER,
            world="failing_at_random",
            published="bucket lets more through, breaker less",
            rule="both signs",
            judge=opposite_directions,
            fast_runs=2,
            full_runs=20,
            note="The bucket from its start, for it begins full, the breaker once its windows are. "
            "Bucket at 15 % failures, breaker at "
            "half its threshold. Far above its threshold a "
            "world's breaker "
            "goes the other way: with few calls a client its trial calls weigh more.",
        ),
        Case(
            name="Linear retry storm",
            section=RESULTS,
            source=SRE,
            world="sre_linear_storm",
            published="10,100, 10,200, 10,300 …",
            rule="+100 ± 1 each second",
            judge=linear_storm,
            fast_runs=1,
            full_runs=5,
        ),
        Case(
            name="Retries at three layers",
            section=RESULTS,
            source=SRE,
            world="sre_retry_layers",
            published="64 calls a request",
            rule="exact",
            judge=lambda n: layers({}, 64, n),
        ),
    )
