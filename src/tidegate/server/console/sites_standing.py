"""The console's page on the sites that keep the record together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from tidegate.present.console.frame import SITES
from tidegate.present.console.sites import sites_page
from tidegate.server.access.visit import Visit, page

if TYPE_CHECKING:
    from tidegate.server.house import House


def sites_routes(house: House) -> list[Route]:
    """Return this page by its address."""
    return [Route(SITES, page(house, _sites), methods=["GET"])]


def _sites(visit: Visit) -> str:
    return sites_page(visit.reader(), visit.house.sites.seen())
