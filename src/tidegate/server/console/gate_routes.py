"""The console's page on what a gate said, and how often it was right.

It is the console that shows it and not the gate: who reaches a gate needs no account there, and rulings say
who asked for what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from tidegate.errors import TidegateError
from tidegate.present.console.frame import GATE, told_page
from tidegate.present.console.gate import gate_page
from tidegate.server.access.visit import Visit, page

if TYPE_CHECKING:
    from tidegate.server.house import House


def gate_routes(house: House) -> list[Route]:
    """Return this page by its address, where a gate is set."""
    return [Route(GATE, page(house, _gate), methods=["GET"])] if house.setting.gate else []


def _gate(visit: Visit) -> str:
    try:
        given = visit.house.gate.read()
    except TidegateError as error:
        return told_page(visit.reader(), "Gate", f"What the gate said cannot be shown: {error}.")
    return gate_page(visit.reader(), given)
