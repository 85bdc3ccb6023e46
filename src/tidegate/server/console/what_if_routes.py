"""The console's *what if*: an estimate in the browser, and the exact answer from the server after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.what_if import Slider, WhatIf
from tidegate.present.console.exact_part import Exact, failed_part
from tidegate.present.console.frame import WHAT_IF
from tidegate.present.console.what_if_page import EXACT, name_of_stop, place_of, what_if_page
from tidegate.server.access.visit import Visit, download, page
from tidegate.server.console.live_routes import POLICY
from tidegate.verbs.what_if import what_if
from tidegate.world.file.read import read_world

if TYPE_CHECKING:
    from tidegate.server.house import House
    from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A plan with the values that an address asks for.

    Parameters
    ----------
    activity
        Which plan; empty for the triggers.
    asked
        What may be moved in it; None where nothing can be laid out.
    places
        The place of each slider's value.
    unknown
        What nothing has, as sentences.
    """

    activity: str
    asked: WhatIf | None
    places: Mapping[str, int]
    unknown: tuple[str, ...]

    @property
    def moved(self) -> list[Slider]:
        """The sliders that are not where the plan has them."""
        sliders = self.asked.sliders if self.asked is not None else ()
        return [one for one in sliders if self.places[one.key] != one.planned]

    @property
    def together(self) -> str:
        """Two that may not be moved together; empty where there are none."""
        keys = {one.key for one in self.moved}
        pairs = self.asked.apart if self.asked is not None else ()
        return next((f"{a} and {b}" for a, b in pairs if {a, b} <= keys), "")


def what_if_routes(house: House) -> list[Route]:
    """Return the page and its exact answers by their addresses, of a server that has a world."""
    plans = Plans(*house.world_text)

    def shown(visit: Visit) -> str:
        chosen = plans.chosen(visit.query)
        return what_if_page(
            visit.reader(), chosen.asked, activities=plans.activities, activity=chosen.activity,
            chosen=chosen.places, unknown=chosen.unknown, exact=_exact(visit.house, chosen),
            command=f"tidegate check {visit.house.setting.world}",
        )  # fmt: skip

    def given(asked_house: House, request: Request) -> Response:
        found = _exact(asked_house, plans.chosen(request.query_params))
        text = json.dumps({"part": str(found.part), "again_s": found.again_s})
        return Response(text, media_type="application/json")

    return [
        Route(WHAT_IF, page(house, shown, policy=POLICY), methods=["GET"]),
        Route(EXACT, download(house, given), methods=["GET"]),
    ]


def _exact(house: House, chosen: Chosen) -> Exact:
    if chosen.unknown:
        return Exact(part=failed_part("the address asks for what this plan does not have"))
    if chosen.together:
        return Exact(part=failed_part(f"{chosen.together} cannot be moved together"))
    stops = {one.key: one.stops[chosen.places[one.key]] for one in chosen.moved}
    changes: dict[str, object] = {}
    for stop in stops.values():
        changes |= stop.changes
    names = {one.key: name_of_stop(one, chosen.places[one.key]) for one in chosen.moved}
    return house.exact_answers.ask(chosen.activity, names, changes)


class Plans:
    """The plans of the server's world.

    Parameters
    ----------
    text, source
        The world file's text as it was when the server began, and its name.
    """

    def __init__(self, text: str, source: str) -> None:
        self._file: WorldFile = read_world(text, source)
        self.activities = tuple(self._file.world.activities)
        self._what_if = lru_cache(maxsize=16)(lambda activity: what_if(self._file, activity or None))

    def chosen(self, query: Mapping[str, str]) -> Chosen:
        """Return what an address asks for.

        Raises
        ------
        InputError
            If it names no plan of this world.
        """
        activity = query.get("activity") or next(iter(self.activities), "")
        if activity and activity not in self.activities:
            raise InputError(Fault(what="is no plan of this world", value=activity[:60], path="activity"))
        asked = self._what_if(activity)
        places = {one.key: one.planned for one in (asked.sliders if asked is not None else ())}
        unknown = []
        for key, text in query.items():
            slider = next((one for one in (asked.sliders if asked else ()) if one.key == key), None)
            at = place_of(slider, text) if slider is not None else None
            if at is not None:
                places[key] = at
            elif key != "activity":
                unknown.append(f"There is no {key[:30]} “{text[:60]}” among the values of this plan.")
        return Chosen(activity=activity, asked=asked, places=places, unknown=tuple(unknown[:5]))
