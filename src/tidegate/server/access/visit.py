"""How does a request of the console become a visit? Known by its cookie, allowed by its role, checked.

Pages that change something are asked for with the mark that their form carried; so no other site can
ask in an operator's name. Work on the record is done in a thread, never in the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tidegate.errors import Fault, InputError, TidegateError
from tidegate.present.console.frame import CONSOLE, LOGIN, Reader, Sent, told_page
from tidegate.server.access.accounts import Visitor
from tidegate.server.access.request_body import LARGEST_FORM_BYTES, read_body
from tidegate.track.seen_edits import read_of

if TYPE_CHECKING:
    from tidegate.server.house import House
    from tidegate.server.site_record import ServerDesk

COOKIE = "tidegate_session"
_MOST_FIELDS = 500
_SECRETS = frozenset({"csrf", "password"})
_LONGEST_WAY = 300
_WAY = re.compile(rf"{CONSOLE}(?:/[\w.-]+)*(?:\?[\w.=&%+:~-]*)?", re.ASCII)


class Form:
    """The fields of a form; a field that is not there is empty."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self._pairs if key == name), "")

    def values(self) -> dict[str, tuple[str, ...]]:
        """Return what was sent by field, as it may be shown again: of a secret the name alone."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self._pairs:
            found[name] = (*found.get(name, ()), *(() if name in _SECRETS else (value,)))
        return found

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may come more than once."""
        return [value for key, value in self._pairs if key == name and value]

    def by_name(self, prefix: str) -> dict[str, str]:
        """Return the fields whose names begin with a prefix, by the rest of their names."""
        return {key.removeprefix(prefix): value for key, value in self._pairs if key.startswith(prefix)}


async def read_form(request: Request, most_bytes: int = LARGEST_FORM_BYTES) -> Form:
    """Return the fields of a form as it was sent, as far as it can be understood."""
    words = (await read_body(request, most_bytes)).decode("ascii", "replace")
    try:
        pairs = parse_qsl(words, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:  # more fields than any form of ours has: those are not ours
        pairs = parse_qsl("&".join(words.split("&")[:_MOST_FIELDS]), keep_blank_values=True, errors="replace")
    return Form(pairs)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of somebody who is known.

    Parameters
    ----------
    house
        The server.
    visitor
        Who it is.
    path
        The parts of the address that vary.
    form, query
        What was sent.
    faults
        Why what was asked before was not done.
    address
        The path that was asked for.
    """

    house: House
    visitor: Visitor
    path: Mapping[str, str]
    form: Form
    query: Mapping[str, str]
    faults: Sequence[Fault] = field(default_factory=tuple)
    address: str = ""

    @contextmanager
    def desk(self) -> Iterator[ServerDesk]:
        """Give the visitor what they need to keep the record, who had read what their form says."""
        with self.house.record.desk(self.visitor.name) as desk:
            desk.read = read_of(self.form["seen"]) if self.form["seen"] else None
            yield desk

    def reader(self) -> Reader:
        """Return for whom the page is written."""
        done = DONE.get(self.query.get("done", ""), "")
        values = self.form.values()
        by_field: dict[str, tuple[str, ...]] = {}
        for fault in self.faults:
            if fault.path in values:
                by_field[fault.path] = (*by_field.get(fault.path, ()), _sentence(fault))
        return self.house.reader(
            self.visitor, csrf=self.house.accounts.csrf(self.visitor), done=done,
            faults=[str(fault) for fault in self.faults if fault.path not in values],
            sent=Sent(action=self.address, values=values, faults=by_field) if self.faults else None,
        )  # fmt: skip


DONE = {
    "opened": "The outage is on record. Nothing is public yet.",
    "published": "The words are public: the site is written.",
    "unwritten": "The words are on record, but the public site has not followed: see the first page.",
    "drafted": "The draft is kept. Nothing of it is public yet.",
    "moved": "Its state is on record.",
    "resolved": "It is over, and the closing words go to everybody who heard of it.",
    "held": "It is on record who has it in hand.",
    "asked": "They are asked on every page of theirs; until they take it, it stays with you.",
    "changed": "The change is on record.",
    "corrected": "The correction is on record; what was said before stays there too.",
    "merged": "They are one outage now.",
    "settled": "It is on record which of them is so.",
    "bound": "Alerts with this label mean this component from now on.",
    "kept": "It is kept.",
    "looked_into": "It is on record that you looked into it.",
    "replied": "The answer is on record in each thread.",
    "closed": "The case is closed.",
    "ended": "The subscription is ended; it hears nothing more.",
    "subscribed": "The address is subscribed.",
    "linked": "The case is counted to it.",
    "planned": "The work is planned.",
    "cancelled": "The work is cancelled.",
    "account": "The account is as you said.",
    "dropped": "The token opens nothing any more.",
}


class Shown(str):
    """A page that an action shows itself, because it can be shown this once only."""

    __slots__ = ()


Page = Callable[[Visit], str]
Give = Callable[["House", Request], Response]
Action = Callable[[Visit], str]


def page(house: House, make: Page, *, role: str = "viewer", policy: str = ""):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return the handler of a page that only shows; `policy` is its own, where it runs a script."""

    async def handle(request: Request) -> Response:
        visitor = await _visitor(house, request)
        if visitor is None:
            return _to_login(request)
        visit = _visit(house, visitor, request, Form(()))
        if not visitor.may(role):
            return _refused(visit, f"This page is for the role {role}.")
        shown = await run_in_threadpool(_shown, make, visit)
        if policy:
            shown.headers["content-security-policy"] = policy
        return shown

    return handle


def action(house: House, do: Action, back: Page, *, role: str = "responder"):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return the handler of a form: it does something and leads on, or shows the page with what was wrong."""

    async def handle(request: Request) -> Response:
        form = await read_form(request)
        visitor = await _visitor(house, request)
        if visitor is None:
            return RedirectResponse(LOGIN, status_code=303)
        visit = _visit(house, visitor, request, form)
        if not house.accounts.is_ours(visitor, form["csrf"]) or not is_same_site(request):
            return _refused(visit, "The form is too old or not ours. Load the page again and repeat it.")
        if not visitor.may(role):
            return _refused(visit, f"This is for the role {role}; nothing was done.")
        return await run_in_threadpool(_done, do, back, visit)

    return handle


def download(house: House, give: Give, *, role: str = "viewer"):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return the handler of something to download, for somebody who is known and may."""

    async def handle(request: Request) -> Response:
        visitor = await _visitor(house, request)
        if visitor is None:
            return _to_login(request)
        visit = _visit(house, visitor, request, Form(()))
        if not visitor.may(role):
            return _refused(visit, f"This file is for the role {role}.")
        try:
            return await run_in_threadpool(give, house, request)
        except TidegateError as error:
            return _not_found(visit, error)

    return handle


def _visit(house: House, visitor: Visitor, request: Request, form: Form) -> Visit:
    return Visit(
        house=house, visitor=visitor, path=request.path_params, form=form, query=request.query_params,
        address=request.url.path,
    )  # fmt: skip


def _to_login(request: Request) -> Response:
    """Send somebody unknown to the login, which leads on to what they asked for."""
    asked = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    way = own_way(asked)
    return RedirectResponse(login_way(LOGIN, "" if way == CONSOLE else way), status_code=303)


def login_way(login: str, to: str) -> str:
    """Return the address of a login that leads on to a page of the console; to the first one if empty."""
    return f"{login}?to={quote(to, safe='/')}" if to else login


def own_way(asked: str) -> str:
    """Return a path of the console to which a login may lead; its first page for anything else."""
    is_ours = len(asked) <= _LONGEST_WAY and _WAY.fullmatch(asked) and ".." not in asked
    return asked if is_ours and not asked.startswith((LOGIN, f"{CONSOLE}/logout")) else CONSOLE


def _shown(make: Page, visit: Visit) -> Response:
    try:
        return HTMLResponse(make(visit))
    except TidegateError as error:
        return _not_found(visit, error)


def _not_found(visit: Visit, error: TidegateError) -> Response:
    """Say that something is not there; what else there is the navigation leads to, not a row of ids."""
    faults = error.faults if isinstance(error, InputError) else ()
    said = [_sentence(replace(fault, allowed="", nearest="")) for fault in faults] or [f"{error}."]
    return HTMLResponse(told_page(visit.reader(), "Not found", *said), status_code=404)


def _sentence(fault: Fault) -> str:
    """Return a fault as it is told where everybody sees what it is about."""
    is_about = fault.kind in {"value", "ambiguous"}
    if is_about and not fault.value:
        fault = replace(fault, what=f"this {fault.what}")
    elif is_about:
        fault = replace(fault, what=f"“{fault.value}” {fault.what}", value="")
    text = str(replace(fault, path=""))
    return f"{text[:1].upper()}{text[1:]}."


def _done(do: Action, back: Page, visit: Visit) -> Response:
    try:
        after = do(visit)
        return HTMLResponse(after) if isinstance(after, Shown) else RedirectResponse(after, status_code=303)
    except TidegateError as error:
        said = [Fault(what=text, kind="statement") for text in str(error).split("\n")]
        faults = error.faults if isinstance(error, InputError) else said
        shown = _shown(back, replace(visit, query={}, faults=tuple(faults)))
        shown.status_code = 422 if shown.status_code == 200 else shown.status_code
        return shown


async def _visitor(house: House, request: Request) -> Visitor | None:
    cookie = request.cookies.get(COOKIE, "")
    return await run_in_threadpool(house.accounts.visitor, cookie, house.record.clock()) if cookie else None


def is_same_site(request: Request) -> bool:
    """Whether a browser says that a form came from our own pages, or says nothing."""
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


def _refused(visit: Visit, why: str) -> Response:
    return HTMLResponse(told_page(visit.reader(), "Not done", why), status_code=403)
