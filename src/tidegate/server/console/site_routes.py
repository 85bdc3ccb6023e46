"""The console's pages on components, maintenance, accounts and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.routing import Route

from tidegate.errors import Fault
from tidegate.inform.state import State
from tidegate.present.console.access import access_page
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.site import Offered, components_page, maintenance_page
from tidegate.present.record.new_names_text import new_component, new_components
from tidegate.server.access.accounts import SCOPES
from tidegate.server.access.visit import Shown, Visit, action, page
from tidegate.server.console.filled_form import FilledForm
from tidegate.verbs.record.component import Described, candidates, claim, declare, vouch
from tidegate.verbs.record.maintenance import Plan, cancel, find_work, plan, plan_faults
from tidegate.verbs.record.publish import segment_links

if TYPE_CHECKING:
    from tidegate.server.house import House


def site_routes(house: House) -> list[Route]:
    """Return these pages by their addresses."""
    components, works, access = f"{CONSOLE}/components", f"{CONSOLE}/maintenance", f"{CONSOLE}/access"
    return [
        Route(components, page(house, _components), methods=["GET"]),
        Route(components, action(house, _declare, _components), methods=["POST"]),
        Route(f"{components}/world", action(house, _from_world, _components), methods=["POST"]),
        Route(f"{components}/vouch", action(house, _vouch, _components), methods=["POST"]),
        Route(f"{components}/claim", action(house, _claim, _components), methods=["POST"]),
        Route(works, page(house, _works), methods=["GET"]),
        Route(works, action(house, _plan, _works), methods=["POST"]),
        Route(f"{works}/{{work}}/cancel", action(house, _cancel, _works), methods=["POST"]),
        Route(access, page(house, _access, role="admin"), methods=["GET"]),
        Route(access, action(house, _account, _access, role="admin"), methods=["POST"]),
        Route(f"{access}/end", action(house, _end, _access, role="admin"), methods=["POST"]),
        Route(f"{access}/token", action(house, _token, _access, role="admin"), methods=["POST"]),
        Route(f"{access}/token/drop", action(house, _drop, _access, role="admin"), methods=["POST"]),
    ]


def _components(visit: Visit) -> str:
    now_s = visit.house.record.clock()
    with visit.house.record.reading() as state:
        shown = state.components()
        statuses = {one.id: state.status(one.id, now_s) for one in shown}
        offered = _offered(visit, state)
        bindings = state.bindings()
    new = visit.query.get("new", "")
    notes = [new_component(new, statuses)] if new in statuses and len(statuses) > 1 else []
    return components_page(
        visit.reader(), shown, statuses, offered=offered, bindings=bindings, notes=notes
    )  # fmt: skip


def _missing(visit: Visit, state: State) -> list[Described]:
    world = visit.house.record.world
    known = {one.id for one in state.components()}
    return [] if world is None else [one for one in candidates(world) if one.id not in known]


def _offered(visit: Visit, state: State) -> list[Offered]:
    world = visit.house.record.world
    services = {} if world is None else world.services
    return [
        Offered(
            id=one.id, title=one.title, is_internal=one.id in services and not services[one.id].public
        )
        for one in _missing(visit, state)
    ]  # fmt: skip


def _declare(visit: Visit) -> str:
    form = visit.form
    said = Described(
        id=form["id"].strip(), title=form["title"].strip(), group=form["group"].strip(),
        region=form["region"].strip(), describes=form["describes"].strip(), noun=form["noun"].strip(),
        is_retired=bool(form["retired"]),
    )  # fmt: skip
    with visit.house.record.desk(visit.visitor.name) as desk:
        is_new = bool(new_components(desk.state, [said.id]))
        declare(desk, [said])
    way = _kept(visit, "components", "kept")
    return f"{way}&new={quote(said.id)}" if is_new else way


def _from_world(visit: Visit) -> str:
    chosen = set(visit.form.all("id"))
    with visit.house.record.desk(visit.visitor.name) as desk:
        declare(desk, [one for one in _missing(visit, desk.state) if one.id in chosen])
    return _kept(visit, "components", "kept")


def _vouch(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        vouch(desk, visit.form.all("id"), f"{visit.visitor.name} looked")
    return _kept(visit, "components", "changed")


def _claim(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        claim(desk, visit.form["id"], visit.form["status"], because=visit.form["because"])
    return _kept(visit, "components", "changed")


def _kept(visit: Visit, name: str, done: str) -> str:
    visit.house.publisher.wake()
    return f"{CONSOLE}/{name}?done={done}"


def _works(visit: Visit) -> str:
    with visit.house.record.reading() as state:
        return maintenance_page(visit.reader(), state.maintenance(), state.components())


def _plan(visit: Visit) -> str:
    form, filled = visit.form, FilledForm(visit)
    zone_name = form["zone"].strip() or visit.house.setting.zone
    starts_s = filled.moment("starts", zone_name=zone_name)
    if starts_s is None and not form["starts"].strip():
        filled.add(Fault(what="is empty", path="starts"))
    said = Plan(
        title=form["title"], describes=form["describes"].strip(), components=form.all("component"),
        starts_s=visit.house.record.clock() if starts_s is None else starts_s,
        lasts_s=filled.span("lasts", "1h"), zone=zone_name, rule=form["rule"].strip(),
    )  # fmt: skip
    with visit.house.record.desk(visit.visitor.name) as desk:
        filled.add(*plan_faults(desk, said))
        filled.check()
        plan(desk, said)
    return _kept(visit, "maintenance", "planned")


def _cancel(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        cancel(desk, find_work(desk.state, visit.path["work"]))
    return _kept(visit, "maintenance", "cancelled")


def _access(visit: Visit, new_token: str = "") -> str:
    with visit.house.record.reading() as state:
        accounts = [(one.name, one.role) for one in state.accounts() if not one.is_ended]
    tokens = [(one.id, one.title, one.scopes, one.until_s) for one in visit.house.accounts.tokens()]
    links = segment_links(visit.house.site, visit.house.record.clock())
    return access_page(visit.reader(), accounts, tokens, SCOPES, links=links, new_token=new_token)


def _account(visit: Visit) -> str:
    form = visit.form
    visit.house.accounts.declare(form["name"].strip(), form["role"], form["password"], by=visit.visitor.name)
    return f"{CONSOLE}/access?done=account"


def _end(visit: Visit) -> str:
    visit.house.accounts.end(visit.form["name"], by=visit.visitor.name)
    return f"{CONSOLE}/access?done=account"


def _drop(visit: Visit) -> str:
    visit.house.accounts.drop_token(visit.form["id"], by=visit.visitor.name)
    return f"{CONSOLE}/access?done=dropped"


def _token(visit: Visit) -> Shown:
    now_s = visit.house.record.clock()
    whole = visit.house.accounts.new_token(
        visit.form["title"], visit.form.all("scope"), now_s, by=visit.visitor.name
    )
    return Shown(_access(visit, new_token=whole))
