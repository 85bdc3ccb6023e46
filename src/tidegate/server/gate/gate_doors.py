"""Which path answers which caller? Each by its own contract, from one gate; health and metrics beside it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.echoes import Echoes
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.message import Asked, Caller, Heard, Reply
from tidegate.gate.asking.ruling import Policy, Ruling
from tidegate.gate.asking.worked_out import key_of
from tidegate.server.access.request_body import read_body
from tidegate.server.gate.permits import CLOSED, Permit, Permits
from tidegate.server.gate.waiting_room import WaitingRoom
from tidegate.verbs.gate import Gate

_LOG = logging.getLogger("tidegate.gate")
MOST_BYTES = 8 * 1024 * 1024
"""More than etcd lets an object have, so that no object of a cluster is too large."""
_LONGEST_LOGGED = 300
_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0)


class Measures:
    """What the gate counts.

    Parameters
    ----------
    waiting_count, left_count
        Give how many questions wait to be worked out, and how many were given up for now.
    """

    def __init__(self, waiting_count: Callable[[], int], left_count: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.rulings = Counter(
            "tidegate_gate_rulings", "Answers, by caller, verdict, and whether the change was let through.",
            ["caller", "verdict", "through"], registry=self.registry,
        )  # fmt: skip
        self.overrides = Counter(
            "tidegate_gate_overrides", "Changes that were let through because somebody said so.", ["caller"],
            registry=self.registry,
        )  # fmt: skip
        self.refused = Counter(
            "tidegate_gate_refused", "Requests that are not what their caller sends.", ["caller"],
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "tidegate_gate_answer_seconds", "How long an answer took.", ["caller"], buckets=_BUCKETS_S,
            registry=self.registry,
        )  # fmt: skip
        self.lost = Counter(
            "tidegate_gate_rulings_lost", "Rulings that could not be kept on record.", registry=self.registry
        )
        self.certificate_ends = Gauge(
            "tidegate_gate_certificate_expiry_timestamp_seconds",
            "When the certificate that is shown ends; 0 without one.",
            registry=self.registry,
        )
        waiting = Gauge(
            "tidegate_gate_waiting",
            "Questions that are being worked out or wait for it.",
            registry=self.registry,
        )
        waiting.set_function(waiting_count)
        left = Gauge(
            "tidegate_gate_left", "Questions that could not be worked out, and are not tried for now.",
            registry=self.registry,
        )  # fmt: skip
        left.set_function(left_count)


class Doors:
    """The callers' paths.

    Parameters
    ----------
    gate
        Answers.
    policy
        What is done about what is not safe.
    measures
        Counts.
    clock
        Gives the seconds since 1970, never earlier than before.
    taken_down
        Called with each answer that was given, and whether what it lets through is sure to happen.
    waiting_room
        Knows who is held up, and tells of those that wait for long; None keeps none.
    is_ready
        Whether it knows what it can know at its start.
    permits
        Who may ask; None where whoever reaches it may.
    """

    def __init__(
        self,
        gate: Gate,
        policy: Policy,
        measures: Measures,
        *,
        clock: Callable[[], float],
        taken_down: Callable[[Asked, Reply, bool], None] | None = None,
        waiting_room: WaitingRoom | None = None,
        is_ready: Callable[[], bool] = lambda: True,
        permits: Permits | None = None,
    ) -> None:
        self._gate = gate
        self._policy = policy
        self._measures = measures
        self._clock = clock
        self._taken_down = taken_down
        self._waiting_room = waiting_room
        self._is_ready = is_ready
        self._permits = permits
        self._echoes = Echoes()

    def app(self, callers: Sequence[tuple[str, Caller]], further: Sequence[Route] = ()) -> Starlette:
        """Return the application with a path for each caller, and further ones."""

        async def live(_request: Request) -> Response:
            return JSONResponse({"status": "alive"})

        async def ready(_request: Request) -> Response:
            if not self._is_ready():
                return JSONResponse({"status": "reading the cluster"}, status_code=503)
            return JSONResponse({"status": "ready"})

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(self._measures.registry), media_type=CONTENT_TYPE_LATEST)

        own = [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]
        return Starlette(routes=[*own, *(self._route(path, caller) for path, caller in callers), *further])

    def _route(self, path: str, caller: Caller) -> Route:
        async def answer(request: Request) -> Response:
            began_s = time.perf_counter()
            permit = self._permit(caller, request)
            if isinstance(permit, Response):
                return permit
            body = await read_body(request, MOST_BYTES + 1)
            heard = Heard(body=body, headers=dict(request.headers), query=dict(request.query_params))
            reply = self._reply(caller, heard, permit)
            self._measures.seconds.labels(caller.name).observe(time.perf_counter() - began_s)
            return _response(reply)

        return Route(path, answer, methods=list(caller.methods))

    def _permit(self, caller: Caller, request: Request) -> Permit | Response | None:
        """Return the permit of who asks, or the refusal of one who has none; None where none is needed."""
        if self._permits is None or caller.name not in CLOSED:
            return None
        permit = self._permits.of(request.headers.get("authorization", ""))
        if permit is not None and caller.name in permit.callers:
            return permit
        self._measures.refused.labels(caller.name).inc()
        shown = "no token of this gate" if permit is None else f"a token that is not for /{caller.name}"
        _LOG.warning("a request was refused", extra={"caller": caller.name, "why": f"it shows {shown}"})
        headers = {"www-authenticate": 'Bearer realm="tidegate"'}
        status = 401 if permit is None else 403
        return PlainTextResponse(f"the request shows {shown}\n", status_code=status, headers=headers)

    def _reply(self, caller: Caller, heard: Heard, permit: Permit | None) -> Reply:
        try:
            _refuse_large(heard)
            intent = caller.intent(heard)
        except InputError as error:
            self._measures.refused.labels(caller.name).inc()
            _LOG.warning(
                "a request was not understood", extra={"caller": caller.name, "why": str(error)[:500]}
            )
            return caller.refusal(error, self._policy)
        if intent is None:
            return caller.nothing(heard)
        if permit is not None:
            if intent.override and not permit.may_override:
                self._measures.refused.labels(caller.name).inc()
                return Reply(status=403, text=f"the token of {permit.name} may not override\n", happens=False)
            intent = replace(intent, asked_by=f"{intent.asked_by} (token {permit.name})".strip())
        now_s = self._clock()
        intent = intent.at(now_s)
        held_s = 0.0 if self._waiting_room is None else self._waiting_room.held_s(intent, now_s)
        asked = Asked(heard=heard, intent=intent, ruling=self._gate.rule(intent, now_s), held_s=held_s)
        reply = caller.reply(asked, self._policy)
        self.settle(asked, reply, now_s)
        return reply

    def rule(self, intent: Intent) -> Ruling:
        """Return what is known of an intent now."""
        return self._gate.rule(intent, self._clock())

    def settle(self, asked: Asked, reply: Reply, now_s: float | None = None, *, is_sure: bool = True) -> None:
        """Take down what was answered, and what happens by it.

        Parameters
        ----------
        asked, reply
            The question and its answer.
        now_s
            When; now where it is left out.
        is_sure
            Whether what is let through is sure to happen.
        """
        intent = asked.intent
        at_s = self._clock() if now_s is None else now_s
        if reply.happens and not intent.is_trial:
            self._gate.let_through(intent, at_s, to_count=reply.to_count, is_sure=is_sure)
        if intent.override and asked.ruling.holds_up(self._policy):
            self._measures.overrides.labels(intent.caller).inc()
        through = "yes" if reply.happens else "no"
        _LOG.info(
            "ruled",
            extra={
                "caller": intent.caller,
                "about": key_of(intent.plan)[:_LONGEST_LOGGED],
                "asked_by": intent.asked_by[:_LONGEST_LOGGED],
                "verdict": asked.ruling.verdict,
                "allowed": asked.ruling.allowed_count,
                "through": through,
                "override": intent.override[:_LONGEST_LOGGED],
            },
        )
        self._measures.rulings.labels(intent.caller, asked.ruling.verdict, through).inc()
        is_new = reply.is_answer and not intent.is_trial and not self._echoes.is_one(asked, reply, at_s)
        if self._taken_down is not None and is_new:
            self._taken_down(asked, reply, is_sure)
        if self._waiting_room is not None:
            self._waiting_room.seen(asked, reply, at_s)


def _refuse_large(heard: Heard) -> None:
    if len(heard.body) > MOST_BYTES:
        allowed = f"at most {MOST_BYTES // 1024**2} MiB"
        raise InputError(Fault(what="is too large", path="body", allowed=allowed))


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.document is not None:
        return JSONResponse(reply.document, status_code=reply.status, headers=headers)
    return PlainTextResponse(reply.text, status_code=reply.status, headers=headers)
