"""What `protect` offers where instances run out of memory: fewer connections, shorter queues, more memory."""

from __future__ import annotations

from typing import Any

from tidegate.protect.filling import of_memories
from tidegate.protect.offer import Offer
from tidegate.protect.reason import reason_for
from tidegate.protect.setting_kinds import kind_of
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

TEXT = """
name: chat
networks: {internet: {}, cluster: {}}
crossings: {lb: {between: [internet, cluster]}}
services:
  gateway:
    network: cluster
    instances: 4
    concurrency: 50
    service_time: 1ms
    balancing: {}
    memory: {limit: 512MB, base: 200MB, per_connection: 1MB}
clients:
  devices:
    network: internet
    service: gateway
    population: 1200
    connection: keep_alive
    demand: {kind: closed, think: 5s}
"""
LIMIT = "services.gateway.memory.limit"


def offered(changes: dict[str, Any]) -> dict[str, Offer]:
    world = overlay(read_world(TEXT, "chat.yaml"), changes).world
    return {next(iter(offer.changes)): offer for offer in of_memories(world)}


def test_as_many_connections_as_fit() -> None:
    """312 MB are 312 connections of 1 MB; four instances have places for all 1,200."""
    assert offered({})["services.gateway.connections"].changes == {"services.gateway.connections": 312}


def test_no_limit_that_leaves_somebody_without_a_place() -> None:
    """1,300 have no place in four instances of 312."""
    assert "services.gateway.connections" not in offered({"clients.devices.population": 1300})


def test_no_longer_a_queue_than_fits() -> None:
    """Beside fifty that are served 262 requests of 1 MB fit in an instance, a thousand in all four."""
    changes = {
        "services.gateway.memory.per_connection": "0B",
        "services.gateway.memory.per_request": "1MB",
        "services.gateway.queue": 5000,
    }
    assert offered(changes)["services.gateway.queue"].changes == {"services.gateway.queue": 4 * 262}


def test_as_much_memory_as_bears_the_loss_of_one() -> None:
    """Three instances with 400 connections each use 600 MB; a goal that can be eased down to what stands."""
    offer = offered({})[LIMIT]
    assert offer.asks == "limit"
    assert "uses 600MB (200MB + 400 connections × 1MB)" in offer.because
    assert offer.knob is not None
    assert offer.knob.value(1.0) == 512e6
    assert offer.knob.value(offer.knob.most) > 600e6
    assert kind_of(LIMIT) is not None


def test_nothing_where_there_is_room() -> None:
    """A memory that bears the loss of one needs nothing."""
    assert LIMIT not in offered({LIMIT: "2GB"})


def test_a_value_stands_beside_what_is_used() -> None:
    """The sum that a person can check by hand."""
    world = overlay(read_world(TEXT, "chat.yaml"), {LIMIT: "1GB"}).world
    assert reason_for(world, LIMIT, 1_000_000_000) == "60 % of it is used by each of 3 once one is gone"


def test_more_memory_is_told_in_three_figures_and_never_less_than_is_needed() -> None:
    """Nobody sets 27.733564681GB: it is rounded up, and the rounded value is what is proven."""
    offer = offered({"clients.devices.population": 1300, "services.gateway.memory.limit": "400MB"})[LIMIT]
    assert offer.knob is not None
    exact = offer.knob.base + offer.knob.scale * offer.knob.most
    value = offer.changes[LIMIT]
    assert isinstance(value, float)
    assert exact <= value <= 1.01 * exact
    assert len(f"{value:.0f}".rstrip("0")) <= 3
