"""A realistic verdict with invented numbers, and the world it is about."""

from __future__ import annotations

from dataclasses import replace
from math import exp

from tidegate.evaluate.judging.judge import WHOLE_FOLLOWS
from tidegate.evaluate.judging.remedy import Remedy, Setting
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.rests import rest_of
from tidegate.evaluate.judging.verdict import (
    CaseEvidence,
    ClientsEvidence,
    CrossingEvidence,
    Dark,
    Probability,
    Ranges,
    Reproduction,
    Series,
    Verdict,
)
from tidegate.world.activity import Activity
from tidegate.world.belief import Estimate
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing, Table
from tidegate.world.network import Network
from tidegate.world.people import Segment, Tooling
from tidegate.world.service import Service
from tidegate.world.world import World

HORIZON_S = 3600.0
TIMES_S = tuple(10.0 * i for i in range(361))
STARTS_S = 600.0
ENDS_S = 640.0
CAPACITY_PER_S = 60e3


def world() -> World:
    """Return the two networks of 7 December 2021 and the devices between them."""
    return World(
        name="us_east_1_2021",
        title="Two networks and the devices between them, 7 December 2021",
        horizon_s=HORIZON_S,
        networks={"main": Network(title="Main network"), "internal": Network(title="Internal network")},
        crossings={
            "edge": Crossing(
                between=("internal", "main"), devices_count=6, setup_per_s=10e3, forwarding_per_s=1e6,
                table=Table(entries_count=1_000_000),
            )
        },
        services={
            "metadata-api": Service(network="main", title="Metadata API", instances_count=400),
            "dns": Service(network="internal", title="Internal DNS", instances_count=20),
            "authorization": Service(network="internal", title="Authorization", instances_count=60),
            "metrics": Service(network="internal", title="Metrics intake", instances_count=80),
        },
        clients={
            "agents": Clients(
                network="internal", service="metadata-api", title="Internal agents", population_count=180_000
            ),
            "frontends": Clients(
                network="main", service="authorization", title="Service front ends", population_count=24_000
            ),
        },
        activities={
            "scale_metadata": Activity(
                title="scale metadata-api from 400 to 600 instances, one batch",
                service="metadata-api", to_count=600,
            )
        },
        segments={
            "video": Segment(title="video", uses=("authorization",)),
            "voice": Segment(title="voice", uses=("authorization",)),
            "doorbells": Segment(title="doorbells", uses=("metadata-api",)),
        },
        tooling={
            "monitoring": Tooling(
                role="monitoring", title="monitoring", network="internal", reaches=("main",)
            ),
            "deployment": Tooling(
                role="deployment", title="deployment", network="internal", reaches=("main",)
            ),
            "status": Tooling(
                role="status", title="status page fail-over", network="internal", reaches=("main",)
            ),
            "support": Tooling(role="support", title="support intake", network="internal", reaches=("main",)),
        },
    )  # fmt: skip


def probability(value: float, low: float, high: float, runs_count: int) -> Probability:
    return Probability(value=value, low=low, high=high, runs_count=runs_count)


def _surge(base: float, peak: float, *, lasts: bool) -> tuple[float, ...]:
    """A rate that jumps with the activity and then decays, or stays near its peak."""
    values = []
    for i, time_s in enumerate(TIMES_S):
        since_s = time_s - STARTS_S
        wobble = 1.0 + 0.03 * ((i * 37) % 11 - 5) / 5
        if since_s < 0:
            values.append(base * wobble)
        elif lasts:
            rise = 1.0 - exp(-since_s / 30.0)
            values.append(
                (base + (peak - base) * (0.82 * rise + 0.18 * exp(-since_s / 900.0) * rise)) * wobble
            )
        else:
            values.append((base + (peak - base) * exp(-since_s / 25.0)) * wobble)
    return tuple(values)


def _series(*, collapsed: bool) -> tuple[Series, ...]:
    offered = _surge(20e3, 312e3 if collapsed else 41e3, lasts=collapsed)
    admitted = tuple(min(value, CAPACITY_PER_S) for value in offered)
    served = tuple(
        value * (0.05 + 0.95 * exp(-(time_s - STARTS_S) / 40.0)) if collapsed and time_s > STARTS_S else value
        for time_s, value in zip(TIMES_S, admitted, strict=True)
    )
    delay = tuple(
        0.0006 + (0.94 * (1 - exp(-(time_s - STARTS_S) / 20.0)) if collapsed and time_s > STARTS_S else 0.0)
        for time_s in TIMES_S
    )
    occupancy = tuple(
        min(1.0, 0.31 + (time_s - STARTS_S) / 30.0) if collapsed and time_s > STARTS_S else
        0.31 + (0.07 * exp(-(time_s - STARTS_S) / 120.0) if time_s > STARTS_S else 0.0)
        for time_s in TIMES_S
    )  # fmt: skip
    return (
        Series(
            name="offered", unit="per_s", values=offered,
            low=tuple(0.86 * value for value in offered), high=tuple(1.1 * value for value in offered),
        ),
        Series(name="admitted", unit="per_s", values=admitted),
        Series(name="served", unit="per_s", values=served),
        Series(name="delay", unit="s", values=delay),
        Series(name="occupancy", unit="ratio", values=occupancy),
    )  # fmt: skip


def _edge(*, collapsed: bool) -> CrossingEvidence:
    return CrossingEvidence(
        name="edge",
        setup_peak_per_s=312e3 if collapsed else 41e3,
        setup_capacity_per_s=CAPACITY_PER_S,
        setup_limit_at_s=9.0 if collapsed else None,
        packets_peak_per_s=2.4e6 if collapsed else 0.9e6,
        packets_capacity_per_s=6e6,
        table_peak_ratio=1.0 if collapsed else 0.38,
        table_full_at_s=21.0 if collapsed else None,
        ports_peak_ratio=None,
        ports_full_at_s=None,
        devices_count=6,
        delay_peak_s=0.94 if collapsed else 0.004,
        loss_peak_ratio=0.81 if collapsed else 0.0,
        saturated_at_s=9.0 if collapsed else None,
        series=_series(collapsed=collapsed),
    )


def _clients(*, collapsed: bool) -> tuple[ClientsEvidence, ...]:
    return (
        ClientsEvidence(
            name="agents", title="Internal agents", service="metadata-api",
            success_floor_ratio=0.06 if collapsed else 0.997,
            connect_p50_s=3.1 if collapsed else 0.0007, connect_p99_s=None if collapsed else 0.012,
            request_p50_s=3.4 if collapsed else 0.004, request_p99_s=None if collapsed else 0.031,
            given_up_count=2.1e6 if collapsed else 540.0,
        ),
        ClientsEvidence(
            name="frontends", title="Service front ends", service="authorization",
            success_floor_ratio=0.11 if collapsed else 0.999,
            connect_p50_s=2.2 if collapsed else 0.0006, connect_p99_s=9.8 if collapsed else 0.008,
            request_p50_s=2.6 if collapsed else 0.003, request_p99_s=11.0 if collapsed else 0.022,
            given_up_count=0.6e6 if collapsed else 24.0,
        ),
    )  # fmt: skip


def case(name: str, title: str, collapse: Probability, *, collapsed: bool) -> CaseEvidence:
    """Return one case, with the shape of a collapse or of a recovery."""
    return CaseEvidence(
        name=name,
        title=title,
        collapse=collapse,
        recovery_s=None if collapsed else 14.0,
        recovery_low_s=None if collapsed else 11.0,
        recovery_high_s=None if collapsed else 19.0,
        draining_ratio=None if collapsed else 0.0,
        times_s=TIMES_S,
        activity_at_s=STARTS_S,
        activity_until_s=ENDS_S,
        crossings=(_edge(collapsed=collapsed),),
        clients=_clients(collapsed=collapsed),
    )


BELIEVED = case("believed", "as believed", probability(0.0025, 0.0003, 0.0098, 800), collapsed=False)
BACK_OFF_FAILS = case(
    "counter:back_off_on_endpoint_change",
    "back-off fails",
    probability(0.97, 0.93, 0.99, 260),
    collapsed=True,
)
NOT_ACTING = case("not_acting", "not acting", probability(0.0, 0.0, 0.009, 400), collapsed=False)
SLOWER = case("slower", "over 16 min instead of 2 s", probability(0.12, 0.07, 0.19, 200), collapsed=False)


def _dark(kind: str, name: str, role: str, from_s: float, *, keeps: str = "", loses: str = "") -> Dark:
    people = world().tooling if kind == "tooling" else world().segments
    return Dark(
        kind=kind, name=name, title=people[name].title, role=role, loses=loses, keeps=keeps,
        because="edge", case="counter:back_off_on_endpoint_change", from_s=from_s,
    )  # fmt: skip


DARK = (
    _dark("tooling", "monitoring", "monitoring", 9.0),
    _dark("tooling", "deployment", "deployment", 9.0),
    _dark("tooling", "status", "status", 12.0),
    _dark("tooling", "support", "support", 12.0),
    _dark("segment", "video", "", 12.0, keeps="running instances.", loses="starting a stream"),
    _dark("segment", "voice", "", 12.0, keeps="Running instances keep running.", loses="new calls"),
    _dark("segment", "doorbells", "", 15.0, loses="live view"),
)

RESTS_ON = (
    Rest(
        path="back_off_on_endpoint_change",
        says="Back-off works when the endpoint list changes.",
        kind="belief", basis="assumed", source="https://aws.amazon.com/message/12721/",
        measure="measure with `tidegate probe -- your-client --change-endpoints`",
        effect_ratio=0.966, flips=True,
    ),
    rest_of(
        world(),
        Estimate(
            path="crossings.edge.setup", value=10e3, low=5e3, high=20e3,
            source="a comparable device's data sheet",
            measure="measure the device's new-flow rate with `tidegate calibrate`, or ask its vendor",
        ),
        effect=0.41, worse=-0.41, flips=True,
    ),
    rest_of(
        world(),
        Estimate(
            path="clients.agents.population", value=180e3, low=90e3, high=360e3,
            measure="count established flows on edge",
        ),
        effect=0.35, worse=0.35,
    ),
)  # fmt: skip

STOP = Verdict(
    verdict="stop",
    condition="back_off_on_endpoint_change",
    condition_settles=True,
    deciding="",
    world="us_east_1_2021",
    title="Two networks and the devices between them, 7 December 2021",
    activity="scale_metadata",
    activity_title="scale metadata-api from 400 to 600 instances, one batch",
    horizon_s=HORIZON_S,
    acceptable_ratio=0.01,
    cases=(BELIEVED, BACK_OFF_FAILS, NOT_ACTING, SLOWER),
    ranges=(
        Ranges(case="believed", collapse=probability(0.025, 0.0006, 0.132, 40), numbers_count=9),
        Ranges(
            case="counter:back_off_on_endpoint_change",
            collapse=probability(0.825, 0.67, 0.93, 40), numbers_count=9,
        ),
    ),
    dark=DARK,
    rests_on=RESTS_ON,
    holding_back_is_worse=False,
    failed_objectives=(),
    notes=(
        f"Run at 1/50 and 1/100 of the world's size; {WHOLE_FOLLOWS}.",
        "Not looked at, since nothing joins them to this: the nightly reports.",
    ),
    reproduction=Reproduction(
        seed=7, tidegate_version="0.1.0", engine="event engine, packet by packet",
        fractions=(0.01, 0.02), runs_count=1100,
        stopping_rule="batches of 20 until the 95 % interval clears 1 %, at most 2,000",
    ),
    guesses_count=9,
)  # fmt: skip

PROCEED = replace(
    STOP,
    verdict="proceed",
    condition="",
    condition_settles=False,
    cases=(replace(BELIEVED, collapse=probability(0.0, 0.0, 0.0092, 400)),),
    ranges=(Ranges(case="believed", collapse=probability(0.0, 0.0, 0.088, 40), numbers_count=9),),
    dark=tuple(replace(dark, from_s=None, case="believed") for dark in DARK),
    rests_on=(replace(RESTS_ON[1], flips=False, effect_ratio=0.02),),
)

CANNOT_TELL = replace(
    STOP,
    verdict="cannot_tell",
    condition="",
    condition_settles=False,
    deciding="crossings.edge.setup",
    # Away for longer than the half minute in which nothing goes dark, as believed already.
    cases=(replace(BELIEVED, collapse=probability(0.3125, 0.24, 0.39, 160), recovery_s=95.0),),
    ranges=(Ranges(case="believed", collapse=probability(0.425, 0.27, 0.59, 40), numbers_count=9),),
    rests_on=RESTS_ON[1:],
    dark=tuple(replace(dark, case="believed") for dark in DARK),
    needed=RESTS_ON[1:2],
    needed_left=probability(0.0, 0.0, 0.088, 40),
)

CANNOT_TELL_TWO = replace(
    CANNOT_TELL,
    needed=RESTS_ON[1:],
)

PROTECTED = case(
    "protected",
    "with admission at edge, 3500/s a device",
    probability(0.0, 0.0, 0.0097, 380),
    collapsed=False,
)
PROTECT_FIRST = replace(
    STOP,
    verdict="protect_first",
    cases=(*STOP.cases, PROTECTED),
    remedy=Remedy(
        name="admission at edge, 3500/s a device",
        settings=(
            Setting(path="crossings.edge.admission.rate", value="3500/s"),
            Setting(path="crossings.edge.admission.on_excess", value="drop"),
        ),
    ),
    remedy_runs=(PROTECTED.collapse, probability(0.0, 0.0, 0.0092, 400)),
)

PACED = case("slower", "over 21 s instead of 2 s", probability(0.0, 0.0, 0.0097, 380), collapsed=False)
SLOW_DOWN = replace(
    STOP,
    verdict="slow_down",
    cases=(BELIEVED, BACK_OFF_FAILS, NOT_ACTING, PACED),
    ranges=(*STOP.ranges, Ranges(case="slower", collapse=probability(0.0, 0.0, 0.088, 40), numbers_count=9)),
    remedy_runs=(PACED.collapse, probability(0.0, 0.0, 0.0092, 400)),
)

SAMPLES = {
    "stop": STOP,
    "proceed": PROCEED,
    "cannot_tell": CANNOT_TELL,
    "protect_first": PROTECT_FIRST,
    "slow_down": SLOW_DOWN,
}
