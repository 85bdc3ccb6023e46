"""Is this server alive, ready, does its watch see, and how does it do? Questions for machines.

Alive asks nothing of anybody. Ready asks the writer whether a case could be kept at this moment, for that
is what must not fail. Metrics are read off the record when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tidegate.adapters.channels.sending_answer import Became
from tidegate.adapters.store.database import NoSpaceError
from tidegate.errors import TidegateError
from tidegate.observe.place_reading import PlaceState
from tidegate.server.access.bearers import Bearers
from tidegate.server.watch_health import watch_answer
from tidegate.server.worker_pools import Shared
from tidegate.track.lifecycle import OutageState

if TYPE_CHECKING:
    from tidegate.server.house import House


def health_routes(house: House) -> list[Route]:
    """Return these questions by their addresses."""
    registry = CollectorRegistry()
    registry.register(Measures(house))
    bearers = Bearers(house)
    readiness = Shared(house.pools.health, partial(_not_ready, house))
    measures = Shared(house.pools.measures, partial(generate_latest, registry))

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        why = await readiness.answer()
        return JSONResponse({"status": why or "ready"}, status_code=503 if why else 200)

    async def watching(request: Request) -> Response:
        return watch_answer(house, request)

    async def metrics(request: Request) -> Response:
        refused = await run_in_threadpool(_refused, house, bearers, request)
        if refused:
            return PlainTextResponse(
                refused[1], status_code=refused[0], headers={"www-authenticate": "Bearer"}
            )
        return Response(await measures.answer(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", alive),
        Route("/health/ready", ready),
        Route("/health/watch", watching),
        Route("/metrics", metrics),
    ]


def _refused(house: House, bearers: Bearers, request: Request) -> tuple[int, str] | None:
    """Return why somebody may not read the metrics, with the status that says so; None where they may."""
    if not house.setting.metrics_closed:
        return None
    visitor = bearers.visitor(request)
    if visitor is not None:
        return None if "metrics" in visitor.scopes else (403, "the token has not the scope metrics\n")
    if bearers.is_too_often(request):
        return 429, "too many wrong tokens\n"
    return 401, "a token with the scope metrics is needed\n"


def _not_ready(house: House) -> str:
    if house.is_ending:
        return "ending"
    if house.is_retired:  # noted each second: whoever asks waits for no lock of the record
        return "retired: other sites take nothing that this one says, so send customers to them"
    try:
        house.journal.check_room()
    except NoSpaceError:
        return "the disk is full: no case can be kept"
    except TidegateError:
        return "the journal cannot be written"
    return ""


class Measures(Collector):
    """What is measured, read off a running server.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: what is measured is known when it is asked for."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield every measure."""
        house = self._house
        with house.record.reading() as state:
            outages = Counter(one.state for one in state.outages())
            cases = Counter(one.state.value for one in state.cases.values() if not one.is_exercise)
            entries_count = state.entries_count
            owed = sum(1 for one in state.deliveries.values() if one.is_owed)
            ended = Counter(one.outcome for one in state.deliveries.values() if one.outcome)
        yield _by_label(
            "tidegate_outages", "Outages by state.", "state", {one.value: outages[one] for one in OutageState}
        )
        yield _by_label("tidegate_cases", "Cases by state.", "state", cases)
        yield GaugeMetricFamily("tidegate_journal_entries", "Entries in the journal.", value=entries_count)
        yield GaugeMetricFamily("tidegate_notices_owed", "Notices that are owed.", value=owed)
        yield _by_label("tidegate_notices_ended", "Notices that ended, by outcome.", "outcome", ended)
        yield from self._own()

    def _own(self) -> Iterator[Metric]:
        house = self._house
        overdue = [duty for duty in house.rounds.duties if duty.kind == "overdue"]
        silent = [duty for duty in house.rounds.duties if duty.kind == "silent"]
        age_s = house.publisher.age_s
        low = house.journal.is_low_on_space()
        yield GaugeMetricFamily(
            "tidegate_promises_overdue", "Promised updates that did not come.", value=len(overdue)
        )
        yield GaugeMetricFamily(
            "tidegate_outages_silent", "Confirmed outages of which nothing is public.", value=len(silent)
        )
        yield GaugeMetricFamily(
            "tidegate_site_age_seconds", "Since the public site was written.", value=age_s
        )
        yield GaugeMetricFamily(
            "tidegate_clock_behind_seconds",
            "How far this machine's clock is behind the record.",
            value=house.journal.behind_s(),
        )
        yield GaugeMetricFamily(
            "tidegate_places_behind", "Places that could not be written.", value=len(house.publisher.late)
        )
        yield GaugeMetricFamily(
            "tidegate_disk_full", "Whether the journal's reserve is in use.", value=float(low)
        )
        yield CounterMetricFamily(
            "tidegate_cases_accepted", "Cases accepted since the start.", value=house.intake.accepted_count
        )
        yield GaugeMetricFamily(
            "tidegate_case_slowest_seconds",
            "The slowest acceptance since the start.",
            value=house.intake.slowest_s,
        )
        book = house.connections
        yield GaugeMetricFamily("tidegate_connections", "Connections that are open.", value=book.count)
        yield GaugeMetricFamily(
            "tidegate_connections_waiting", "Connections that keep us waiting.", value=book.waiting_count
        )
        yield CounterMetricFamily(
            "tidegate_connections_dropped",
            "Connections dropped since the start, late or to make room.",
            value=book.dropped_count,
        )
        yield from self._watched()
        yield from self._sites()
        yield from self._sent()
        yield CounterMetricFamily(
            "tidegate_identity_failures", "Identity gave no answer.", value=house.rounds.identity.failed_count
        )
        failing = {probe.service: float(probe.is_failing) for probe in house.rounds.probing.probes}
        yield _by_label("tidegate_probe_failing", "Whether a service does not answer.", "service", failing)

    def _sites(self) -> Iterator[Metric]:
        house = self._house
        members = house.members()
        if not (members.others or members.forked):
            return
        standing, exchanging = house.exchanging.standing, house.exchanging
        heard = {
            one.name: exchanging.ago_s(standing[one.name].latest_s, since=standing[one.name])
            for one in members.others if one.name in standing
        }  # fmt: skip
        yield _by_label(
            "tidegate_site_heard_seconds",
            "Since another site was heard, by whichever way; where it never was, since it was joined.",
            "site",
            heard,
        )
        yield GaugeMetricFamily(
            "tidegate_site_refused", "What other sites hand over and is not taken.",
            value=len(house.sites.refused()),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "tidegate_chain_forks", "Chains that go on in two ways.", value=len(members.forked)
        )
        yield GaugeMetricFamily(
            "tidegate_chain_forks_unseen",
            "Chains that go on in two ways and into which nobody has looked.",
            value=len(members.unseen_forks),
        )

    def _watched(self) -> Iterator[Metric]:
        seen = self._house.watch.seen_now()
        if seen is None:
            return
        states = {f"{one.section}.{one.name}": one.state for one in seen.readings}
        for state in PlaceState:
            values = {name: float(one is state) for name, one in states.items()}
            yield _by_label(
                f"tidegate_place_{state.value}", f"Whether a place of the world is {state.value}.", "place",
                values,
            )  # fmt: skip
        blind_s = 0.0 if seen.blind_since_s is None else seen.at_s - seen.blind_since_s
        yield GaugeMetricFamily(
            "tidegate_watch_blind_seconds", "For how long something of the world is not seen.", value=blind_s
        )

    def _sent(self) -> Iterator[Metric]:
        notices = self._house.notices
        sent_count = notices.became[Became.DELIVERED]
        yield CounterMetricFamily(
            "tidegate_notices_sent", "Notices delivered since the start.", value=sent_count
        )
        yield CounterMetricFamily(
            "tidegate_notices_failed",
            "Tries to deliver a notice that failed since the start.",
            value=sum(notices.became.values()) - sent_count,
        )
        yield GaugeMetricFamily(
            "tidegate_sender_down", "Whether no notice is sent.", value=float(bool(notices.failure))
        )


def _by_label(name: str, says: str, label: str, values: dict[str, float] | Counter[str]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
