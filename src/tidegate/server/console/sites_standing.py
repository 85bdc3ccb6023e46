"""The console's page on the sites that keep the record together, and that somebody looked into a fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from tidegate.present.console.frame import SITES
from tidegate.present.console.sites import FORK_SEEN, sites_page
from tidegate.server.access.visit import Visit, action, page
from tidegate.verbs.record.see_fork import see_fork

if TYPE_CHECKING:
    from tidegate.server.house import House


def sites_routes(house: House) -> list[Route]:
    """Return this page by its address."""
    return [
        Route(SITES, page(house, _sites), methods=["GET"]),
        Route(FORK_SEEN, action(house, _seen, _sites), methods=["POST"]),
    ]


def _sites(visit: Visit) -> str:
    return sites_page(visit.reader(), visit.house.sites.seen())


def _seen(visit: Visit) -> str:
    form = visit.form
    see_fork(visit.house.journal, form["chain"], because=form["because"], by=visit.visitor.name)
    return f"{SITES}?done=looked_into"
